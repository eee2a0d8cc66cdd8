"""Senders' public keys, fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.source import KeyReference, Secret

__all__ = ["Keys"]


class Keys(Protocol):
    """Fetches public keys and keeps them."""

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:
        """The key as its sender publishes it, asked for with ``credentials`` where the sender wants some.

        Raises Rejected when the sender knows none of that name, UnavailableError ``keys_unavailable`` when it cannot be had now.
        """
        ...
