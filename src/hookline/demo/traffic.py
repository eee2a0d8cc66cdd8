"""Sends requests over HTTP with kept-alive connections, at a rate or as fast as answers arrive."""

from __future__ import annotations

import asyncio
import errno
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import aiohttp
import orjson

from hookline import __version__
from hookline.error_codes import CODES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping

    from hookline.domain.request import Request

__all__ = ["Answer", "fire", "post", "session"]

_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
_LONGEST_BODY = 1024 * 1024  # the most bytes of an answer that are read, to limit memory
_LARGE = 1024 * 1024  # bytes from which aiohttp warns

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer. Without a ``status`` there was none, and ``fault`` says why; ``document`` is the body if it is a JSON object."""

    seconds: float
    status: int | None = None
    document: Mapping[str, object] | None = None
    fault: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver has accepted the event."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 -- HTTP's own borders

    @property
    def outcome(self) -> str:
        """The outcome: accepted, duplicate or conflict; a problem's code; such as ``http_502`` from another server; or the fault."""
        if self.status is None:
            return self.fault or "no answer"
        word = self.text("status" if self.is_success else "code")
        return word or ("accepted" if self.is_success else f"http_{self.status}")

    def as_document(self) -> dict[str, object]:
        """The answer as a JSON object."""
        document = dict(self.document) if self.document is not None else None
        return {"status": self.status, "ms": round(self.seconds * 1000, 2), "answer": document, "fault": self.fault}

    def explained(self, url: str) -> Iterator[str]:
        """Lines for a person: what went wrong at ``url`` and what to do."""
        if self.status is None:
            yield _unreached(self.fault, url)
            return
        code = self.text("code")
        detail = self.text("detail") or "the answer has no explanation"
        yield f"{self.status} {code or 'from a server that is not hookline'}: {detail}"
        errors = self.document.get("errors") if self.document is not None else None
        for error in errors if isinstance(errors, list) else []:
            if isinstance(error, dict):
                yield f"  {error.get('pointer') or '(the whole body)'}: {error.get('reason')}"
        if remedy := self.text("remedy") or (CODES[code].remedy if code in CODES else ""):
            yield f"→ {remedy}"

    def text(self, key: str) -> str:
        """The document's text under ``key``; empty when there is none."""
        value = self.document.get(key) if self.document is not None else None
        return value if isinstance(value, str) else ""


@asynccontextmanager
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps its connections, follows no redirect's cookies and waits at most 30 seconds for an answer."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=_TIMEOUT,
        headers={"user-agent": f"hookline/{__version__}"},
    ) as client:
        yield client


async def post(
    client: aiohttp.ClientSession,
    url: str,
    request: Request,
    *,
    since: float | None = None,
    deadline: float | None = None,
) -> Answer:
    """Send ``request`` with its query to ``url``, whose path is used. ``since`` (of perf_counter) is when it should have started.

    ``deadline`` is how many seconds it may take, by default the session's limit. Raises nothing: a network error is
    the answer's fault.
    """
    started = perf_counter() if since is None else since
    try:
        async with client.request(
            request.method,
            f"{url}?{request.query}" if request.query else url,
            data=_readable(request.body),
            headers=request.headers.items(),
            allow_redirects=False,
            timeout=_TIMEOUT if deadline is None else aiohttp.ClientTimeout(total=deadline),
        ) as response:
            body = await _body(response)
            return Answer(status=response.status, document=_document(body), seconds=perf_counter() - started)
    except (aiohttp.ClientError, TimeoutError, OSError, UnicodeError) as error:
        return Answer(fault=_fault(error), seconds=perf_counter() - started)


async def fire(
    items: Iterable[T], act: Callable[[T, float], Awaitable[None]], *, concurrency: int, rate: float | None = None
) -> None:
    """Do ``act`` with each item and its due time, at most ``concurrency`` at the same time.

    With a ``rate`` (a second) items are due at regular intervals, even if answers are late: durations from the due time include the
    waiting that a slow receiver causes. Without a rate an item is due as soon as fewer than ``concurrency`` items run.
    """
    turns = enumerate(items)
    start = perf_counter()

    async def work() -> None:
        for number, item in turns:
            due = perf_counter() if rate is None else start + number / rate
            if (early := due - perf_counter()) > 0:
                await asyncio.sleep(early)
            await act(item, due)

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())


def _unreached(fault: str | None, url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    address = f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"  # without a password before the host
    if fault == "connection refused":
        return f"Nothing listens on {address}: connection refused. Start it with `hookline serve`, or name its URL with --url."
    return f"No answer from {address}: {fault}."


def _readable(body: bytes) -> bytes | BytesIO:
    """A large body as a stream: aiohttp warns of a body in one piece, because writing it blocks other requests."""
    return body if len(body) < _LARGE else BytesIO(body)


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _LONGEST_BODY:
            break
    return bytes(body)


def _document(body: bytes) -> Mapping[str, object] | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def _fault(error: Exception) -> str:
    """The error in a few words, without a URL, which may contain a password."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(
        error, aiohttp.ClientConnectorDNSError | aiohttp.InvalidURL | UnicodeError
    ):  # the last from the idna codec
        return "host name not found"
    if isinstance(error, OSError) and error.errno == errno.ECONNREFUSED:
        return "connection refused"
    if isinstance(error, aiohttp.ClientSSLError):
        return "TLS failed"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection"
    return "connection lost"
