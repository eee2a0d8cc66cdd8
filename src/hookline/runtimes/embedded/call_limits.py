"""Limits calls: requests and bytes in flight, events a second from one source, and the cost of failed verifications.

Beyond the limits senders get 503 or 429 with Retry-After. ``CallLimits`` combines all limits; only this class stores refused calls.

Anyone can send calls that fail verification, so such calls must never use up what the real sender needs: log lines, space in the
quarantine, and time for verification. Each source has a bucket for failed calls (``failed_rate_limit``). While it is empty, failed calls
are answered 429, counted in one log line instead of one line each, and not stored; the next call is verified as usual. Where verification
is expensive, each address has such a bucket too. Calls from an address with an empty bucket are refused without verification, unless one
call from it was verified within a day: a proxy's address may have many senders.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

from hookline.domain.pause import HOLDS, PauseState
from hookline.domain.quarantine import QUARANTINED, RejectedRequest
from hookline.error_codes import CODES
from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.ambiguous import AMBIGUOUS
from hookline.pipeline.pauses import refuse_paused
from hookline.providers.scheme import has_key_pair
from hookline.runtimes.embedded.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hookline.domain.source import Source
    from hookline.pipeline.receive import Call
    from hookline.runtimes.embedded.log import Log

__all__ = ["CallLimits", "FailedCalls", "Gate", "RateLimits", "neighbourhood", "proves_nothing"]

T = TypeVar("T")

_OPEN: Final = "none"
"""The scheme of a source that accepts calls from anyone."""

_UNJUDGED: Final = frozenset(
    {"method_not_allowed", "unsupported_media_type", "unsupported_content_encoding", "body_too_large"}
)
"""The codes of refusals before the signature is checked."""

_LARGE: Final = 256 * 1024
"""Bytes of a body whose hashing costs about as much as verifying by a public key; each further part of this size costs one more token."""

_MOST_ADDRESSES: Final = 4096
_PROVED_SECONDS: Final = 86_400.0
_REPORT_SECONDS: Final = 10.0
_UNAUTHORIZED: Final = 401
_HANDSHAKES: Final = frozenset({"handshake_invalid", "handshake_refused", "handshake_unknown"})
_PROVES_NOTHING: Final = frozenset(code for code, it in CODES.items() if it.status == _UNAUTHORIZED) | _HANDSHAKES
_COME_AGAIN = 1  # seconds: requests in flight are on the disk within milliseconds


def proves_nothing(refusal: Rejected) -> bool:
    """Whether the call was refused before its sender was proved by a signature or a handshake."""
    return refusal.code in _PROVES_NOTHING


class Gate:
    """Counts the requests whose bodies are complete, so that memory is limited.

    A request whose body is still arriving is not counted: it is not verified, and a slow sender could hold its place for a long time.
    """

    def __init__(self, *, max_requests: int, max_bytes: int) -> None:
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._requests = 0
        self._bytes = 0
        self._closing = False

    def enter(self, size: int) -> None:
        """Count one request in flight whose body of ``size`` bytes is complete; ``leave`` must follow.

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
        """End the count of a request that entered, and of the ``size`` bytes of its body."""
        self._requests -= 1
        self._bytes -= size

    def close(self) -> None:
        """Refuse every new call."""
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
    """A token bucket for each source with the tokens of one second, for verified calls."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._buckets: dict[str, Bucket] = {}
        self.use(sources)

    def use(self, sources: Iterable[Source]) -> None:
        """Limit these sources from now on. A source whose limit stays keeps its bucket."""
        limited = {source.name: source.rate_limit for source in sources if source.rate_limit is not None}
        old = self._buckets
        self._buckets = {
            name: old[name] if name in old and old[name].rate == rate else Bucket(rate)
            for name, rate in limited.items()
        }

    def check(self, source: Source) -> None:
        """Refuse a verified request above the source's rate. Never call it for unverified requests: they could block the source."""
        bucket = self._buckets.get(source.name)
        if bucket is not None and not bucket.take():
            raise Rejected("too_many_requests", f"this source takes {bucket.rate:g} requests a second")


class FailedCalls:
    """The buckets for failed calls of all sources and addresses. Only the event loop may use it."""

    def __init__(self, sources: Iterable[Source], *, log: Log) -> None:
        self._buckets: dict[str, Bucket] = {}
        self.use(sources)
        self._addresses: dict[tuple[str, str], Bucket] = {}
        self._proved: dict[tuple[str, str], float] = {}
        self._folded: Counter[str] = Counter()
        self._log = log

    def use(self, sources: Iterable[Source]) -> None:
        """Count for these sources from now on, and also for the previous ones: their requests may still be running."""
        sources = list(sources)
        self._buckets |= {source.name: Bucket(source.failed_rate_limit) for source in sources}
        self.keyed = frozenset(source.name for source in sources if has_key_pair(source.verifier))

    def is_expensive(self, source: Source, size: int) -> bool:
        """Whether verifying a call of ``size`` bytes is so expensive that each address has its own limit."""
        return size >= _LARGE or source.name in self.keyed

    def may_verify(self, source: Source, address: str) -> bool:
        """Whether an expensive call from this address may be verified. If not, it must be answered 429 without its own log line."""
        share = source.name, neighbourhood(address)
        bucket = self._addresses.get(share)
        if bucket is None or bucket.has_any() or self._proved.get(share, 0.0) > monotonic():
            return True
        self._fold(source)
        return False

    def verified(self, source: Source, address: str) -> None:
        """Remember the address of an expensive call that was verified."""
        _put(self._proved, (source.name, neighbourhood(address)), monotonic() + _PROVED_SECONDS)

    def failed(self, source: Source, size: int, address: str) -> bool:
        """Count an unverified call; False when it must be answered 429, not stored, and not logged in its own line."""
        if self.is_expensive(source, size):
            share = source.name, neighbourhood(address)
            bucket = self._addresses.get(share) or Bucket(source.failed_rate_limit)
            bucket.charge(max(1.0, size / _LARGE))
            _put(self._addresses, share, bucket)
        return self.counted(source)

    def counted(self, source: Source) -> bool:
        """Count an unverified call only for its source; False as in ``failed``."""
        bucket = self._buckets.get(source.name)  # None if a reload has just removed the source
        if bucket is None or bucket.take():
            return True
        self._fold(source)
        return False

    def report(self) -> None:
        """Write one log line for each source whose failed calls got no own line."""
        for name, count in self._folded.items():
            self._log.say("warning", "calls failed verification, not logged one by one", source=name, count=count)
        self._folded.clear()

    def _fold(self, source: Source) -> None:
        if not self._folded:
            asyncio.get_running_loop().call_later(_REPORT_SECONDS, self.report)
        self._folded[source.name] += 1


class CallLimits:
    """Applies the limits to every call, and handles refused calls: their buckets, log lines, and the quarantine."""

    def __init__(
        self,
        *,
        gate: Gate,
        rates: RateLimits,
        failed: FailedCalls,
        log: Log,
        on_rejected: Callable[[RejectedRequest], None],
    ) -> None:
        """``on_rejected`` gets requests that were refused after reading, unless too many fail verification; it must not wait or raise."""
        self.paused: Mapping[str, PauseState] = {}
        """The states of paused or holding sources, by name; replaced as a whole when they change."""

        self._gate = gate
        self._rates = rates
        self._failed = failed
        self._log = log
        self._on_rejected = on_rejected

    def use(self, sources: Sequence[Source]) -> None:
        """Limit these sources from now on."""
        self._rates.use(sources)
        self._failed.use(sources)

    def holds(self, source: str) -> bool:
        """Whether new events of the source are held."""
        return self.paused.get(source) in HOLDS

    def in_flight(self) -> tuple[int, int]:
        """How many calls are in flight, and the bytes of their bodies. Usable from any thread."""
        return self._gate.requests, self._gate.size

    def close(self) -> None:
        """Accept no further call, and report the failed calls that got no own log line."""
        self._gate.close()
        self._failed.report()

    def enter(self, call: Call) -> None:
        """Count the call as in flight, unless too many are or too many expensive calls from its address have failed verification."""
        size = len(call.request.body)
        assert call.source is not None  # noqa: S101 -- found before
        if self.paused and self.paused.get(call.source.name) is PauseState.PAUSED:
            raise refuse_paused(call.source.name)
        self._gate.enter(size)
        call.has_place = True
        if size < _LARGE and call.source.name not in self._failed.keyed:
            return
        call.is_expensive = True
        if not self._failed.may_verify(call.source, call.address):
            raise _too_many_failed(call)

    def leave(self, call: Call) -> None:
        """End the count of a call in flight."""
        call.has_place = False
        self._gate.leave(len(call.request.body))

    def spend(self, call: Call) -> None:
        """Count a verified call, and remember the address of an expensive one."""
        assert call.source is not None  # noqa: S101 -- as above
        if call.is_expensive:
            self._failed.verified(call.source, call.address)
        call.is_known = call.source.scheme != _OPEN
        self._rates.check(call.source)

    def without_key(self, call: Call, fault: UnavailableError) -> None:
        """Count a call whose key is not available: it is not verified, and its log lines are limited as well."""
        assert call.source is not None  # noqa: S101 -- as above
        if fault.code == "keys_unavailable" and not self._failed.counted(call.source):
            raise _too_many_failed(call) from None

    def refuse(self, call: Call, refusal: Rejected) -> None:
        """Take the token of a refused call from its bucket, and store the call. Raises another refusal when the bucket is empty."""
        source, request = call.source, call.request
        assert source is not None  # noqa: S101 -- as above
        if proves_nothing(refusal) and not self._failed.failed(source, len(request.body), call.address):
            raise _too_many_failed(call)
        call.is_known = source.scheme != _OPEN and refusal.code not in _UNJUDGED
        if refusal.code == "handshake_refused" and source.learns_secret:
            self._log.say(
                "warning",
                "a secret arrived and was not stored: the source is not armed, or not for this caller",
                source=source.name,
            )
        if refusal.code == AMBIGUOUS:
            self._log.say("warning", "a verified request can be read in two ways: it was refused", source=source.name)
        if refusal.code not in QUARANTINED or request.method != "POST":  # a query may contain the operator's token
            return
        self.keep(call, refusal.code)
        if not proves_nothing(refusal):
            self._rates.check(source)

    def keep(self, call: Call, code: str) -> None:
        """Store the call, so that a person can read it later."""
        assert call.source is not None  # noqa: S101 -- as above
        self._on_rejected(RejectedRequest(source=call.source.name, code=code, request=call.request))


def _too_many_failed(call: Call) -> Rejected:
    """The refusal of a call for an empty bucket; it gets no own log line."""
    call.is_logged = False
    return Rejected("too_many_requests", "too many calls to this source have failed verification")


def _put(found: dict[tuple[str, str], T], share: tuple[str, str], value: T) -> None:
    """Keep this entry and the newest of the others, up to the limit."""
    found.pop(share, None)
    found[share] = value
    if len(found) > _MOST_ADDRESSES:
        del found[next(iter(found))]


@lru_cache(maxsize=1024)
def neighbourhood(address: str) -> str:
    """The network that counts as one address: an IPv4 address, or the /64 of an IPv6 address (RFC 6177)."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> 64 << 64))
