"""Examples for the OpenAPI document: what a server really answered, and what it was asked, in ``examples.json``."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_examples"]


def read_examples() -> Mapping[str, Mapping[str, Any]]:
    """By operation: its ``answer``, and its ``request`` where it takes a body. Each fits its schema: a test compares them."""
    found: Mapping[str, Mapping[str, Any]] = orjson.loads(
        files("hookline.dashboard.api").joinpath("examples.json").read_bytes()
    )
    return found
