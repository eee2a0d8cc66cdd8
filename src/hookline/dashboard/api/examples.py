"""The examples of the OpenAPI document: real requests and answers of a server, in ``examples.json``."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_examples"]


def read_examples() -> Mapping[str, Mapping[str, Any]]:
    """By operation: its ``answer``, and its ``request`` where it has a body. A test checks each against its schema."""
    found: Mapping[str, Mapping[str, Any]] = orjson.loads(
        files("hookline.dashboard.api").joinpath("examples.json").read_bytes()
    )
    return found
