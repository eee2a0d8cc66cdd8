"""Senders' public keys, fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hookline.domain.source import KeyReference

__all__ = ["Keys"]


class Keys(Protocol):
    """Fetches public keys and keeps them."""

    def fetch(self, reference: KeyReference) -> bytes:
        """The key as its sender publishes it; raises UnavailableError ``keys_unavailable`` when it cannot be had now."""
        ...
