"""The homes of hookline, each opened over the same sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acceptance.homes.aws import open_aws
from acceptance.homes.embedded import open_embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from acceptance.homes.home import Home

__all__ = ["OPENERS"]

OPENERS: Mapping[str, Callable[[Path, str, Mapping[str, str]], AbstractContextManager[Home]]] = {
    "embedded": open_embedded,
    "aws": open_aws,
}
"""Homes by name: each takes a folder, TOML to add to the example's, and the secrets that the TOML names."""
