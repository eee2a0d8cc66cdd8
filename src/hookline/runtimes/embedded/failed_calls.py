"""What calls that fail verification may cost: lines of the log, room in the quarantine, and time for verifying.

Anyone can send such calls, so they must never use up what the real sender needs. Each source has a bucket for them
(``failed_rate_limit``). While it is empty, failing calls are answered 429, counted in one line instead of one line each, and not kept;
the next call is verified as before. Where verifying is expensive, each address has such a bucket too. An address that has emptied it is
answered before its calls are verified, unless one of its calls was verified within a day: a proxy's address stands for many senders.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

from hookline.error_codes import CODES
from hookline.providers.public_key import PublicKeyInHeader
from hookline.providers.scheme import NeedsKey
from hookline.runtimes.embedded.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hookline.domain.source import Source
    from hookline.errors import Rejected
    from hookline.runtimes.embedded.log import Log

__all__ = ["FailedCalls", "neighbourhood", "proves_nothing"]

T = TypeVar("T")

_LARGE: Final = 256 * 1024
"""Bytes of a body. Hashing so many costs about as much as verifying by a public key; each further such part costs one token more."""

_MOST_ADDRESSES: Final = 4096
_PROVED_SECONDS: Final = 86_400.0
_REPORT_SECONDS: Final = 10.0
_UNAUTHORIZED: Final = 401
_HANDSHAKES: Final = frozenset({"handshake_invalid", "handshake_refused"})
_PROVES_NOTHING: Final = frozenset(code for code, it in CODES.items() if it.status == _UNAUTHORIZED) | _HANDSHAKES


def proves_nothing(refusal: Rejected) -> bool:
    """Whether the call was refused before it had proved who sent it, by a signature or by a handshake."""
    return refusal.code in _PROVES_NOTHING


class FailedCalls:
    """The buckets of all sources and addresses. Only the event loop may use it."""

    def __init__(self, sources: Iterable[Source], *, log: Log) -> None:
        self._buckets: dict[str, Bucket] = {}
        self.use(sources)
        self._addresses: dict[tuple[str, str], Bucket] = {}
        self._proved: dict[tuple[str, str], float] = {}
        self._folded: Counter[str] = Counter()
        self._log = log

    def use(self, sources: Iterable[Source]) -> None:
        """Count for these sources from now on, those before included: their requests may still be under way."""
        sources = list(sources)
        self._buckets |= {source.name: Bucket(source.failed_rate_limit) for source in sources}
        self._keyed = frozenset(
            source.name for source in sources if isinstance(source.verifier, NeedsKey | PublicKeyInHeader)
        )

    def is_expensive(self, source: Source, size: int) -> bool:
        """Whether verifying a call of ``size`` bytes costs so much that each address gets its own bound."""
        return size >= _LARGE or source.name in self._keyed

    def may_verify(self, source: Source, address: str) -> bool:
        """Whether an expensive call from this address is verified. If not, it is to be answered 429 and not logged by itself."""
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
        """Count a call that proved nothing; False when it is to be answered 429, and neither kept nor logged by itself."""
        if self.is_expensive(source, size):
            share = source.name, neighbourhood(address)
            bucket = self._addresses.get(share) or Bucket(source.failed_rate_limit)
            bucket.charge(max(1.0, size / _LARGE))
            _put(self._addresses, share, bucket)
        return self.counted(source)

    def counted(self, source: Source) -> bool:
        """Count a call that proved nothing for its source only; False as ``failed`` has it."""
        bucket = self._buckets.get(source.name)  # none where a reload has just taken the source out
        if bucket is None or bucket.take():
            return True
        self._fold(source)
        return False

    def report(self) -> None:
        """Write one line for each source whose failing calls got none of their own."""
        for name, count in self._folded.items():
            self._log.say("warning", "calls failed verification, not logged one by one", source=name, count=count)
        self._folded.clear()

    def _fold(self, source: Source) -> None:
        if not self._folded:
            asyncio.get_running_loop().call_later(_REPORT_SECONDS, self.report)
        self._folded[source.name] += 1


def _put(found: dict[tuple[str, str], T], share: tuple[str, str], value: T) -> None:
    """Keep this and the newest of the others, within bounds."""
    found.pop(share, None)
    found[share] = value
    if len(found) > _MOST_ADDRESSES:
        del found[next(iter(found))]


@lru_cache(maxsize=1024)
def neighbourhood(address: str) -> str:
    """All the addresses that one sender has: an IPv4 address, or the /64 of an IPv6 address (RFC 6177)."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> 64 << 64))
