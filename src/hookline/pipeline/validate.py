"""Whether a body is JSON, and whether it fits its source's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.json_text import NotJsonError, read_any
from hookline.domain.message import is_json_media_type
from hookline.errors import Rejected

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.domain.source import Source

__all__ = ["media_type_of", "parse", "parse_any", "validate"]

_JSON = "application/json"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WHITESPACE = b" \t\n\r"
"""What may stand before a JSON document (RFC 8259 section 2)."""


def parse(body: bytes) -> Json:
    """The document, by RFC 8259's grammar: NaN, Infinity, bytes that are not UTF-8 and trailing bytes are refused."""
    return parse_any(body)[0]


def parse_any(body: bytes) -> tuple[Json, bytes | None]:
    """The document, and None for a body that every parser takes, else its text (``domain.json_text``)."""
    try:
        return read_any(body)
    except NotJsonError as error:
        raise Rejected("body_not_json", f"the body is not JSON: {error}") from None


def media_type_of(body: bytes, named: str) -> str:
    """``application/json`` for a body that is a JSON object or array, whatever media type the call names; else ``named``.

    No signature covers Content-Type. If the header decided how a signed body is read, the same body would have another id under another
    media type, and an overheard call could be repeated as a second event.
    """
    if is_json_media_type(named) or body.removeprefix(_BYTE_ORDER_MARK).lstrip(_WHITESPACE)[:1] not in {b"{", b"["}:
        return named
    try:
        parse(body)
    except Rejected:
        return named
    return _JSON


def validate(document: Json, source: Source, body: bytes | None = None) -> None:
    """Refuse a document, which is ``body`` parsed, that does not fit, with every complaint."""
    if source.schema is None:
        return
    if complaints := source.schema.complaints(document, body):
        raise Rejected("schema_mismatch", "the body does not fit the schema of this source", complaints=complaints)
