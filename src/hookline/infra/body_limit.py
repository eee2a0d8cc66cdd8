"""How large a body may be to reach the validator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.infra.request_models import binary_media_types

if TYPE_CHECKING:
    from hookline.domain.source import Source

__all__ = ["largest_body"]

_INVOCATION = 6 * 1024 * 1024
_AROUND_THE_BODY = 256 * 1024
"""Headers, the request's context and the path, several times over: API Gateway takes 10,240 bytes of headers."""


def largest_body(source: Source) -> int:
    """Bytes of a body that surely reach the validator: as base64 it grows by a third, as JSON text it may double."""
    room = _INVOCATION - _AROUND_THE_BODY
    return room * 3 // 4 if binary_media_types([source]) else room // 2
