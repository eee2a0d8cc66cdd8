"""The fastest that this machine can answer: uvicorn with httptools and uvloop, reading the body and keeping nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: the ASGI specification's messages are dictionaries with any values

from bench.serving import serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]

_ANSWER = b'{"status":"accepted"}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_ANSWER))]


async def app(
    scope: Message,  # noqa: ARG001 -- ASGI's shape
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Read the request to its end and answer 202."""
    while (await receive())["more_body"]:
        pass
    await send({"type": "http.response.start", "status": 202, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _ANSWER})


if __name__ == "__main__":
    serve(app)
