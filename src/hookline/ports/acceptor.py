"""Accepting a request that was rejected before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from hookline.domain.quarantine import RejectedRequest

__all__ = ["Accepted", "Acceptor"]


@record
class Accepted:
    """The result for a request.

    ``outcome`` is an ``Outcome``'s value; ``queues`` are the queues that the event is on, None where that is not known.
    """

    event_id: str
    outcome: str
    queues: tuple[str, ...] | None


class Acceptor(Protocol):
    """Accepts rejected requests, with the current configuration and secrets."""

    def accept(self, rejected: RejectedRequest, *, accept_ambiguous: bool) -> Accepted:
        """Verify the request as of the time when it was received, store its event, and have the event put on its queues.

        With ``accept_ambiguous`` a repeated name is not a reason to refuse it. Raises Rejected when it is refused again, NotFoundError when
        its source is no longer configured, UnavailableError when storage, a secret or a key is not available.
        """
        ...

    def foresee(self, rejected: RejectedRequest, *, accept_ambiguous: bool) -> Accepted:
        """Judge the request without storing anything; the outcome is "". No sender is asked whether the call is its own."""
        ...
