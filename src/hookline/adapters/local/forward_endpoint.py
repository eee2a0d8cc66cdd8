"""Posts messages to the HTTP endpoint of a forward, with aiohttp."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from concurrent.futures import CancelledError
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final  # Any: the addresses of sockets have no common type
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from hookline import __version__
from hookline.domain.address import is_public
from hookline.errors import UnavailableError
from hookline.ports.forward_endpoint import EndpointAnswer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future
    from datetime import timedelta

__all__ = ["HttpForwardEndpoint"]

_OWN_HEADERS: Final = {"user-agent": f"hookline/{__version__}", "accept-encoding": "identity"}
_LONGEST_READ: Final = 4096  # bytes of an answer's body; if it has more, the connection is closed
_LONGEST_EXCERPT: Final = 200  # characters
_READ_SECONDS: Final = 2.0  # seconds for the body: the status is already known, and the next message waits
_KEPT_ALIVE_SECONDS: Final = 1.5
"""Shorter than servers keep idle connections: a request on one that the server just closed would count as a failed attempt."""
_LARGE: Final = 1024 * 1024  # bytes; aiohttp requires a stream for longer bodies
_NOT_ALLOWED: Final = "which is not allowed"
_FAULTS: Final = (aiohttp.ClientError, OSError, TimeoutError, ValueError)


class HttpForwardEndpoint:
    """The endpoint at one URL. Connections run on a separate event loop in a thread that ``close`` ends.

    A host's addresses are looked up once for each connection, and the checked address is the one that is connected to. Without
    ``allow_private`` only public addresses are allowed; with it, ``http`` is allowed to private addresses only. No proxy is used, no
    redirect is followed, and no cookie is kept. ``tls`` is the system's verification by default.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: timedelta,
        allow_private: bool,
        connections: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url = url
        self._timeout = timeout.total_seconds()
        self._gate = _gate(is_encrypted=urlsplit(url).scheme == "https", allow_private=allow_private)
        self._connections = connections
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None
        self._under_way: set[Future[EndpointAnswer]] = set()
        self._guard = threading.Lock()
        self._is_aborted = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hookline-forward-http", daemon=True)
        self._thread.start()

    def post(self, headers: Mapping[str, str], body: bytes) -> EndpointAnswer:
        """Post once and wait for the answer."""
        with self._guard:
            if self._is_aborted:
                raise _aborted()
            answer = asyncio.run_coroutine_threadsafe(self._post(headers, body), self._loop)
            self._under_way.add(answer)
        try:
            return answer.result()
        except CancelledError:
            raise _aborted() from None
        finally:
            with self._guard:
                self._under_way.discard(answer)

    def abort(self) -> None:
        """Abort every running request and every later one."""
        with self._guard:
            self._is_aborted = True
            under_way = list(self._under_way)
        for answer in under_way:
            answer.cancel()

    def close(self) -> None:
        """Abort requests, close the connections, and end the thread."""
        self.abort()
        if self._loop.is_closed():
            return
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=2)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=2)
        if not self._thread.is_alive():
            self._loop.close()

    async def _end(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, headers: Mapping[str, str], body: bytes) -> EndpointAnswer:
        if self._session is None:
            self._session = self._opened()
        try:
            async with self._session.post(
                self._url,
                data=body if len(body) < _LARGE else BytesIO(body),
                headers={**_OWN_HEADERS, **headers},
                allow_redirects=False,
            ) as response:
                excerpt = await _excerpt(response)
                return EndpointAnswer(
                    status=response.status, retry_after=response.headers.get("retry-after"), excerpt=excerpt
                )
        except _FAULTS as fault:
            raise self._unavailable(fault) from fault

    def _opened(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._connections,
            resolver=_Resolver(),
            socket_factory=self._gate,
            keepalive_timeout=_KEPT_ALIVE_SECONDS,
            ssl=True if self._tls is None else self._tls,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            auto_decompress=False,
            trust_env=False,
        )

    def _unavailable(self, fault: Exception) -> UnavailableError:
        if isinstance(fault, TimeoutError):
            return UnavailableError("forward_unreachable", f"no answer within {self._timeout:g} seconds")
        if isinstance(
            fault, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError
        ):  # the error's text is the URL, which may contain a token
            return UnavailableError("forward_unreachable", "the URL cannot be used")
        text = str(fault) or type(fault).__name__
        code = "forward_address_refused" if _NOT_ALLOWED in text else "forward_unreachable"
        return UnavailableError(code, text)


class _Resolver(AbstractResolver):
    """The system's resolver on daemon threads: it has no deadline, so a thread may still wait when the process ends."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The host's addresses."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def look_up() -> None:
            result: list[ResolveResult] | OSError
            try:
                addresses = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
                result = [_result(host, one) for one in addresses]
            except (OSError, UnicodeError) as fault:
                result = fault if isinstance(fault, OSError) else OSError(str(fault))
            with suppress(RuntimeError):  # the loop has ended in the meantime
                loop.call_soon_threadsafe(_settle, found, result)

        threading.Thread(target=look_up, name="hookline-lookup", daemon=True).start()
        return await found

    async def close(self) -> None:
        """Do nothing: the resolver has nothing to close."""


def _settle(future: asyncio.Future[list[ResolveResult]], result: list[ResolveResult] | OSError) -> None:
    if future.done():  # no caller waits for the result any more
        return
    if isinstance(result, OSError):
        future.set_exception(result)
    else:
        future.set_result(result)


def _result(host: str, found: tuple[Any, ...]) -> ResolveResult:
    family, _, proto, _, address = found
    return ResolveResult(
        hostname=host,
        host=str(address[0]),
        port=int(address[1]),
        family=family,
        proto=proto,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


def _gate(*, is_encrypted: bool, allow_private: bool) -> Callable[[tuple[Any, ...]], socket.socket]:
    """A function that creates the socket for an address or raises PermissionError: the last check before the connection."""

    def make(address_info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, address = address_info
        if is_public(address[0]):
            why = "" if is_encrypted else "is public, and http:// is not encrypted"
        else:
            why = "" if allow_private else "is a private address"
        if why:
            raise PermissionError(errno.EACCES, f"{address[0]} {why}, {_NOT_ALLOWED}")
        return socket.socket(family, kind, proto)

    return make


async def _excerpt(response: aiohttp.ClientResponse) -> str:
    """The beginning of the body as one line of printable text. An error while reading the body does not change the answer's status."""
    found = bytearray()
    with suppress(*_FAULTS):
        async with asyncio.timeout(_READ_SECONDS):
            while len(found) < _LONGEST_READ and (part := await response.content.read(_LONGEST_READ - len(found))):
                found += part
    if not response.content.at_eof():
        response.close()
    text = found.decode("utf-8", "replace")
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_LONGEST_EXCERPT]


def _aborted() -> UnavailableError:
    return UnavailableError("forward_aborted", "hookline stopped before the endpoint answered")
