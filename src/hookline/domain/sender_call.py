"""A call to a sender's own API, and its answer."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SenderAnswer", "SenderCall"]


@record
class SenderCall:
    """One call to a sender's API: a path with its query. The caller adds host and credentials."""

    path: str
    method: str = "GET"
    body: bytes | None = None


@record
class SenderAnswer:
    """The answer of the API. Names of headers are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"SenderAnswer({self.status}, {len(self.body)} bytes)"  # events must not be logged
