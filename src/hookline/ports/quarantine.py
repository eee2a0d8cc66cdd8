"""Rejected requests, stored so that a person can look at them and try them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.quarantine import KeptCall, KeptRequest, KeptSummary, NoRoom, RejectedRequest

__all__ = ["BudgetedQuarantine", "KeptRequests", "Quarantine"]


class KeptRequests(Protocol):
    """Read access to the stored rejected requests."""

    def ids(self, *, source: str | None = None) -> list[int]:
        """The id of every stored request, or of one source's, in the order of arrival."""
        ...

    def summaries(self, *, source: str | None = None) -> list[KeptSummary]:
        """Every stored request, or one source's, without its bytes, in the order of arrival."""
        ...

    def newest(self, *, limit: int) -> list[KeptCall]:
        """Up to ``limit`` requests without headers and bodies, the newest first. Only these are read."""
        ...

    def get(self, number: int) -> KeptRequest | None:
        """The request with this id, byte for byte, or None when it was not kept or is already removed."""
        ...


class Quarantine(KeptRequests, Protocol):
    """Stores the oldest and the newest rejected requests of each source and code, within limits of number, bytes and age.

    A power cut may lose stored requests.
    """

    def keep(self, rejected: Sequence[RejectedRequest]) -> None:
        """Store each request, in this order.

        Requests above the bounds are removed immediately where that is cheap, otherwise with the next ``sweep``.

        A request that is larger than the whole quarantine is left out. Raises UnavailableError when nothing was stored.
        """
        ...

    def release(self, numbers: Sequence[int]) -> int:
        """Remove these requests; returns how many there were."""
        ...

    def sweep(self, *, limit: int) -> int:
        """Remove up to ``limit`` requests that are past their time or above the bounds (``overflow``); returns how many were removed."""
        ...


class BudgetedQuarantine(Quarantine, Protocol):
    """A quarantine for a home where many processes write and each write is billed: together they write no more than a budget allows."""

    def keep_within_budget(self, rejected: RejectedRequest, *, proved: bool) -> int | NoRoom:
        """Store one request and return its id, or say why there is no room. Raises UnavailableError when the storage did not store it.

        ``proved`` says that its sender was verified: strangers cannot use up the budget of such requests.
        """
        ...
