"""Rejected requests, kept for a person to look at and to try again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.quarantine import KeptRequest, RejectedRequest

__all__ = ["Quarantine"]


class Quarantine(Protocol):
    """Keeps the oldest and the newest rejected requests of each source and code, within bounds of number, bytes and age.

    What it keeps may be lost in a power cut.
    """

    def keep(self, rejected: Sequence[RejectedRequest]) -> None:
        """Keep each, in this order; above the bounds the middle of the largest share goes (``overflow``).

        One that is larger than the whole quarantine is left out. Raises UnavailableError when nothing was kept.
        """
        ...

    def ids(self, *, source: str | None = None) -> list[int]:
        """The id of every kept request, or of one source's, in the order in which they came."""
        ...

    def get(self, number: int) -> KeptRequest | None:
        """The request of this id, byte for byte, or None when it is not kept or no longer."""
        ...

    def release(self, numbers: Sequence[int]) -> int:
        """Let these go; how many were there."""
        ...

    def expire(self, *, limit: int) -> int:
        """Remove up to ``limit`` requests that were kept for their time; how many went."""
        ...
