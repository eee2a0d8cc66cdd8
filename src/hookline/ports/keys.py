"""Public keys, fetched from senders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference

__all__ = ["KeptKeys", "Keys"]


class Keys(Protocol):
    """Fetches public keys and caches them."""

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:
        """The key as its sender publishes it; the request has ``credentials`` where the sender needs them. This takes some seconds at most.

        Raises Rejected when the sender does not know a key of that name, UnavailableError ``keys_unavailable`` when it cannot be fetched
        now.
        """
        ...


class KeptKeys(Keys, Protocol):
    """Keys for a home that answers many calls at the same time: most of them must not wait for a fetch."""

    def kept(self, reference: KeyReference) -> bytes | None:
        """The key, if it is cached and new enough. It sends no request and never waits."""
        ...
