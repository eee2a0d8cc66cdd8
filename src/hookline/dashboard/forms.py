"""Forms that pages send: the fields of a urlencoded body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final  # Any: ASGI messages are dictionaries of whatever
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
    """The fields of the form that was sent; of one that stands twice the last. Raises Rejected for a body that is none, or too large."""
    return fields_of(await whole_body(request.receive, largest=largest))


def fields_of(body: bytes) -> Mapping[str, str]:
    """The fields of a form. Raises Rejected for a body that is none."""
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:  # UnicodeDecodeError among them
        raise Rejected("malformed_request", "the body is not a form in UTF-8") from None
    return {name: values[-1] for name, values in found.items()}


async def whole_body(receive: Receive, *, largest: int = _LARGEST) -> bytes:
    """The body, once it is whole. Raises Rejected when it is over ``largest`` bytes, or when the caller hangs up."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Rejected("malformed_request", "the form did not arrive whole")
        body += message.get("body", b"")
        if len(body) > largest:
            raise Rejected("body_too_large", f"a form has at most {largest} bytes")
        if not message.get("more_body"):
            return bytes(body)


def again(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that brings the body that was read, and then what comes after it."""
    waiting = [body]

    async def bring() -> MutableMapping[str, Any]:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return bring
