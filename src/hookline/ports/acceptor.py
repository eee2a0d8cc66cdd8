"""Accepting a rejected request after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from hookline.domain.quarantine import RejectedRequest

__all__ = ["Accepted", "Acceptor"]


@record
class Accepted:
    """What a request became. ``outcome`` is an ``Outcome``'s value; ``queues`` are those that have it now, None where that is not known."""

    event_id: str
    outcome: str
    queues: tuple[str, ...] | None


class Acceptor(Protocol):
    """Takes rejected requests by the configuration and the secrets of now."""

    def accept(self, rejected: RejectedRequest, *, accept_ambiguous: bool) -> Accepted:
        """Verify it at the time when it was received, store its event, and have it put on its queues.

        With ``accept_ambiguous`` a name that stands twice is no reason to refuse it. Raises Rejected when it is still refused,
        NotFoundError when its source is gone, UnavailableError when storage, a secret or a key is not available.
        """
        ...

    def foresee(self, rejected: RejectedRequest, *, accept_ambiguous: bool) -> Accepted:
        """The same without storing anything, so that there is no outcome (""). No sender is asked whether the call is its own."""
        ...
