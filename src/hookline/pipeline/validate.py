"""Whether a body is JSON, and whether it fits its source's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from hookline.errors import Rejected

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.domain.source import Source

__all__ = ["parse", "validate"]


def parse(body: bytes) -> Json:
    """The document, strictly by RFC 8259: NaN, Infinity, lone surrogates, a byte order mark and trailing bytes are refused."""
    try:
        document: Json = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Rejected("body_not_json", f"the body is not JSON: {error.msg} at character {error.pos}") from None
    return document


def validate(document: Json, source: Source, body: bytes | None = None) -> None:
    """Refuse a document, which is ``body`` parsed, that does not fit, with every complaint."""
    if source.schema is None:
        return
    if complaints := source.schema.complaints(document, body):
        raise Rejected("schema_mismatch", "the body does not fit the schema of this source", complaints=complaints)
