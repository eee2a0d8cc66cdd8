"""Rejected requests, kept for a person to look at and to try again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.quarantine import KeptCall, KeptRequest, KeptSummary, NoRoom, RejectedRequest

__all__ = ["BudgetedQuarantine", "KeptRequests", "Quarantine"]


class KeptRequests(Protocol):
    """The rejected requests that are kept, to be looked at."""

    def ids(self, *, source: str | None = None) -> list[int]:
        """The id of every kept request, or of one source's, in the order in which they came."""
        ...

    def summaries(self, *, source: str | None = None) -> list[KeptSummary]:
        """Every kept request, or one source's, without its bytes, in the order in which they came."""
        ...

    def newest(self, *, limit: int) -> list[KeptCall]:
        """Up to ``limit`` requests without headers and bodies, the newest first. It reads no more than these."""
        ...

    def get(self, number: int) -> KeptRequest | None:
        """The request of this id, byte for byte, or None when it is not kept or no longer."""
        ...


class Quarantine(KeptRequests, Protocol):
    """Keeps the oldest and the newest rejected requests of each source and code, within bounds of number, bytes and age.

    What it keeps may be lost in a power cut.
    """

    def keep(self, rejected: Sequence[RejectedRequest]) -> None:
        """Keep each, in this order. What is above the bounds goes at once where that is cheap, and with the next ``sweep`` elsewhere.

        One that is larger than the whole quarantine is left out. Raises UnavailableError when nothing was kept.
        """
        ...

    def release(self, numbers: Sequence[int]) -> int:
        """Let these go; how many were there."""
        ...

    def sweep(self, *, limit: int) -> int:
        """Remove up to ``limit`` requests that were kept for their time, or are above the bounds (``overflow``); how many went."""
        ...


class BudgetedQuarantine(Quarantine, Protocol):
    """The same where many processes keep requests and each write is paid for: together they write no more than a budget allows."""

    def keep_within_budget(self, rejected: RejectedRequest, *, proved: bool) -> int | NoRoom:
        """Keep one, and give its id, or say why there is no room. Raises UnavailableError when storage has not kept it.

        ``proved`` says that its sender has proved itself: strangers cannot use up the budget of such requests.
        """
        ...
