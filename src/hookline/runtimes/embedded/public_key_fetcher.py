"""Fetches senders' public keys for calls that are not verified yet, without using up resources that other calls need.

A key is fetched once for any number of waiting calls, on threads that only its sender uses. The number and the bytes of waiting calls are
limited. So a key host that does not answer does not slow down other sources.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.errors import UnavailableError
from hookline.pipeline.public_keys import keyed, wanted_key
from hookline.runtimes.embedded.bucket import Bucket
from hookline.runtimes.embedded.call_limits import neighbourhood
from hookline.runtimes.embedded.small_pool import SmallPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference, Source
    from hookline.ports.keys import KeptKeys
    from hookline.runtimes.embedded.log import Log

__all__ = ["PublicKeyFetcher"]

_SECONDS: Final = 4.0
"""How long a call waits. A fetch itself ends after 3 seconds."""

_THREADS: Final = 2
_MOST_FETCHES: Final = 8
"""The most fetches of one sender, running or waiting."""

_NAMES_A_SECOND: Final = 0.25
_NAMES_AT_ONCE: Final = 8
"""How many keys calls from one address may cause to be fetched: a sender changes its key every few months."""

_MOST_ADDRESSES: Final = 1024
_SAY_EVERY: Final = 10.0  # seconds, for each sender


class PublicKeyFetcher:
    """Fetches the public key that a call names, and adds it to the source that verifies the call. Only the event loop may use it."""

    def __init__(self, keys: KeptKeys, *, log: Log, most_waiting: int, most_bytes: int) -> None:
        """At most ``most_waiting`` calls with ``most_bytes`` together may wait for keys, those of one sender at most half of that."""
        self._keys = keys
        self._log = log
        self._most_waiting = most_waiting
        self._most_bytes = most_bytes
        self._waiting: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        self._pools: dict[str, SmallPool] = {}
        self._fetching: dict[KeyReference, asyncio.Future[bytes]] = {}
        self._addresses: dict[str, Bucket] = {}
        self._say_again_at: dict[str, float] = {}

    async def with_key(
        self, source: Source, request: Request, read: Callable[[Sequence[str]], Sequence[Secret]], address: str
    ) -> Source:
        """The source with the key that ``request`` names; ``read`` reads the secrets for requesting a key.

        Raises Rejected for a call that no key could verify or whose key the sender does not have, UnavailableError when the key is not
        available now.
        """
        reference = wanted_key(source, request)
        if reference is None:
            return source
        key = self._keys.kept(reference)
        if key is None:
            fetching = self._fetching.get(reference) or self._begin(source, reference, read, address)
            key = await self._waited(fetching, reference.owner, len(request.body))
        return keyed(source, key)

    def close(self) -> None:
        """Fetch no further key."""
        for pool in self._pools.values():
            pool.close()

    def _begin(
        self,
        source: Source,
        reference: KeyReference,
        read: Callable[[Sequence[str]], Sequence[Secret]],
        address: str,
    ) -> asyncio.Future[bytes]:
        provider = reference.owner
        if not self._bucket_of(address).take():
            raise UnavailableError("keys_unavailable", f"calls from {address} have named too many keys", retry_after=5)
        pool = self._pools.get(provider)
        if pool is None:
            pool = self._pools[provider] = SmallPool(f"{provider}-keys", threads=_THREADS, most=_MOST_FETCHES)
        fetching = pool.begin(self._keys.fetch, reference, read(source.secret_names))
        self._fetching[reference] = fetching
        fetching.add_done_callback(lambda done: self._fetched(source, reference, done))
        return fetching

    def _fetched(self, source: Source, reference: KeyReference, done: asyncio.Future[bytes]) -> None:
        del self._fetching[reference]
        fault = None if done.cancelled() else done.exception()
        if isinstance(fault, UnavailableError) and monotonic() >= self._say_again_at.get(source.name, 0.0):
            self._say_again_at[source.name] = monotonic() + _SAY_EVERY
            self._log.say("warning", "a public key cannot be fetched", source=source.name, detail=fault.detail)

    async def _waited(self, fetching: asyncio.Future[bytes], provider: str, size: int) -> bytes:
        with self._place(provider, size):
            try:
                return await asyncio.wait_for(asyncio.shield(fetching), _SECONDS)
            except TimeoutError:
                raise UnavailableError("keys_unavailable", f"{provider} did not return its key in time") from None

    @contextmanager
    def _place(self, provider: str, size: int) -> Iterator[None]:
        """A block in which this call counts as waiting. Raises UnavailableError when too many wait."""
        if not self._has_place(self._waiting, provider, 1, self._most_waiting):
            raise UnavailableError("keys_unavailable", f"too many calls wait for keys of {provider}")
        if not self._has_place(self._bytes, provider, size, self._most_bytes):
            raise UnavailableError("keys_unavailable", f"too many bytes wait for keys of {provider}")
        self._waiting[provider] = self._waiting.get(provider, 0) + 1
        self._bytes[provider] = self._bytes.get(provider, 0) + size
        try:
            yield
        finally:
            self._waiting[provider] -= 1
            self._bytes[provider] -= size

    @staticmethod
    def _has_place(taken: dict[str, int], provider: str, more: int, most: int) -> bool:
        """Whether ``more`` bytes may wait; a sender without a waiting call may always begin with one."""
        own = taken.get(provider, 0)
        return own == 0 or (own + more <= most // 2 and sum(taken.values()) + more <= most)

    def _bucket_of(self, address: str) -> Bucket:
        share = neighbourhood(address)
        bucket = self._addresses.pop(share, None) or Bucket(_NAMES_A_SECOND, depth=_NAMES_AT_ONCE)
        self._addresses[share] = bucket
        if len(self._addresses) > _MOST_ADDRESSES:
            del self._addresses[next(iter(self._addresses))]
        return bucket
