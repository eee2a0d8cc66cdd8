"""Reads the fields of a form from a urlencoded body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final  # Any: ASGI messages are dictionaries with values of any type
from urllib.parse import parse_qs

from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from starlette.requests import Request
    from starlette.types import Receive

__all__ = ["again", "fields_of", "form_of", "whole_body"]

_LARGEST: Final = 4 * 1024 * 1024
_MOST_FIELDS: Final = 1000


async def form_of(request: Request, *, largest: int = _LARGEST) -> Mapping[str, str]:
    """The fields of the sent form; of a repeated field the last value. Raises Rejected for an invalid or too large body."""
    return fields_of(await whole_body(request.receive, largest=largest))


def fields_of(body: bytes) -> Mapping[str, str]:
    """The fields of a form. Raises Rejected for an invalid body."""
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:  # also UnicodeDecodeError
        raise Rejected("malformed_request", "the body is not a form in UTF-8") from None
    return {name: values[-1] for name, values in found.items()}


async def whole_body(receive: Receive, *, largest: int = _LARGEST) -> bytes:
    """The complete body. Raises Rejected when it has more than ``largest`` bytes, or when the caller disconnects."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Rejected("malformed_request", "the form did not arrive completely")
        body += message.get("body", b"")
        if len(body) > largest:
            raise Rejected("body_too_large", f"a form has at most {largest} bytes")
        if not message.get("more_body"):
            return bytes(body)


def again(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that returns the body that was read, and then the following messages."""
    waiting = [body]

    async def bring() -> MutableMapping[str, Any]:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return bring
