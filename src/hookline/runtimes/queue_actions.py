"""The services for operators' actions on queues, in both homes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hookline.domain.message import Delivery
    from hookline.pipeline.redrive import Redrive
    from hookline.ports.audit import AuditLog
    from hookline.ports.queues import QueueMoves, Queues

__all__ = ["QueueActions"]


@record
class QueueActions:
    """The services that the commands of queues use.

    ``peek`` returns at most a given number of messages of a queue. ``whole`` names the queues that are handled like dead-letter queues but
    belong to no queue.
    """

    queues: Queues
    redrive: Redrive
    audit: AuditLog
    peek: Callable[[str, int], Sequence[Delivery]]
    moves: QueueMoves
    whole: tuple[str, ...] = ()
