"""Senders' public keys, fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference

__all__ = ["KeptKeys", "Keys"]


class Keys(Protocol):
    """Fetches public keys and keeps them."""

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:
        """The key as its sender publishes it, asked for with ``credentials`` where the sender wants some. Takes some seconds at most.

        Raises Rejected when the sender knows none of that name, UnavailableError ``keys_unavailable`` when it cannot be had now.
        """
        ...


class KeptKeys(Keys, Protocol):
    """Keys for a home that answers many calls at once: most of them must not wait for a fetch."""

    def kept(self, reference: KeyReference) -> bytes | None:
        """The key, when it is at hand and new enough. Asks nobody and never waits."""
        ...
