"""Secrets that senders bring by a handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Arrivals"]


class Arrivals(Protocol):
    """Keeps what the operator expects, and nothing else."""

    def keep(self, source: str, names: Sequence[str], value: bytes) -> str | None:
        """Keep ``value`` durably under one of ``names`` if ``source`` is armed for it, and disarm the source: the first one wins.

        The name; None when the source is not armed, no more, or not for any of these, and then nothing is kept. Raises
        UnavailableError when it cannot be known or kept now.
        """
        ...
