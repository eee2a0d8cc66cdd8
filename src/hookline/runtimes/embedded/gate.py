"""How much may be in flight: requests, bytes, and events a second from one source. Beyond that senders get 503 or 429 with Retry-After."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.errors import Rejected, UnavailableError
from hookline.runtimes.embedded.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hookline.domain.source import Source

__all__ = ["Gate", "RateLimits"]

_COME_AGAIN = 1  # seconds: what is in flight is on the disk within milliseconds


class Gate:
    """Counts the requests whose bodies are whole, so that memory is bounded whatever arrives.

    A request whose body is still arriving takes no place: it has proved nothing, and a slow sender could keep the place for long.
    """

    def __init__(self, *, max_requests: int, max_bytes: int) -> None:
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._requests = 0
        self._bytes = 0
        self._closing = False

    def enter(self, size: int) -> None:
        """Let in one request whose body of ``size`` bytes is whole; ``leave`` must follow.

        Raises UnavailableError when there are too many requests or bytes. Nothing is counted then.
        """
        if self._closing:
            raise UnavailableError("shutting_down", "the server is stopping", retry_after=_COME_AGAIN)
        if self._requests >= self._max_requests:
            raise UnavailableError("overloaded", f"{self._requests} requests are in flight", retry_after=_COME_AGAIN)
        if self._bytes + size > self._max_bytes:
            raise UnavailableError("overloaded", f"{self._bytes} bytes are in flight", retry_after=_COME_AGAIN)
        self._requests += 1
        self._bytes += size

    def leave(self, size: int) -> None:
        """Let a request that was let in go, and the ``size`` bytes of its body."""
        self._requests -= 1
        self._bytes -= size

    def close(self) -> None:
        """Let nobody in any more."""
        self._closing = True

    @property
    def requests(self) -> int:
        """How many requests are in flight."""
        return self._requests

    @property
    def size(self) -> int:
        """How many bytes of bodies are in flight."""
        return self._bytes


class RateLimits:
    """A token bucket per source, one second deep, that verified calls spend."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._buckets: dict[str, Bucket] = {}
        self.use(sources)

    def use(self, sources: Iterable[Source]) -> None:
        """Limit these sources from now on. A source whose limit stays keeps what it has spent."""
        limited = {source.name: source.rate_limit for source in sources if source.rate_limit is not None}
        old = self._buckets
        self._buckets = {
            name: old[name] if name in old and old[name].rate == rate else Bucket(rate)
            for name, rate in limited.items()
        }

    def check(self, source: Source) -> None:
        """Refuse a verified request above the source's rate. What proves nothing must not come here: it could silence the source."""
        bucket = self._buckets.get(source.name)
        if bucket is not None and not bucket.take():
            raise Rejected("too_many_requests", f"this source takes {bucket.rate:g} requests a second")
