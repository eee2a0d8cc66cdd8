"""Sends a stream no faster than its client reads, and never completely in memory."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from hookline.domain.access import ADMITTED
from hookline.errors import HooklineError, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from hookline.dashboard.api.operation import Stream
    from hookline.dashboard.worker import Worker

__all__ = ["StreamedResponse"]

_ABORT: Final = {"type": "hookline.abort"}
"""The message that ends the connection within an answer in the embedded server (``runtimes/embedded/exchange.py``)."""

_logger = logging.getLogger(__name__)


class StreamedResponse(Response):
    """One stream as an answer. A fault closes the connection, so that the client does not treat a part as complete."""

    def __init__(self, stream: Stream, worker: Worker) -> None:
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        if stream.file_name is not None:
            headers["content-disposition"] = f'attachment; filename="{stream.file_name}"'
        super().__init__(None, headers=headers, media_type=stream.media_type)
        self.raw_headers = [field for field in self.raw_headers if field[0] != b"content-length"]
        self._stream = stream
        self._worker = worker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all parts, until the end or until the client has disconnected."""
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b"", "more_body": True})
            if scope["method"] != "HEAD":
                await self._parts(send, gone, scope.get(ADMITTED, _always))
            await send({"type": "http.response.body", "body": b""})
        except ConnectionResetError:
            pass
        except HooklineError as error:
            _logger.warning("a stream was cut off: %s", error)
            await send(dict(_ABORT))
        finally:
            gone.cancel()
            self._stream.close()

    async def _parts(self, send: Send, gone: asyncio.Future[None], is_admitted: Callable[[], bool]) -> None:
        """Send part after part. Raises Rejected after the caller has logged out, or has lost its key or its role."""
        parts = self._stream.parts
        while (part := await self._worker.run(next, parts, None)) is not None:
            if not is_admitted():
                raise Rejected("credentials_missing", "its caller has no access any more")
            if part:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            if self._stream.every and (await asyncio.wait((gone,), timeout=self._stream.every))[0]:
                return


def _always() -> bool:
    return True


async def _gone(receive: Receive) -> None:
    """Return when the client has disconnected, or the server stops."""
    while (await receive())["type"] != "http.disconnect":
        pass
