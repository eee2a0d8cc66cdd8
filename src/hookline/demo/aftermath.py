"""What a day leaves behind: consumers that did their work, one that is at it, and one that could not. It is there to be looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.config import Config
    from hookline.ports.queues import Queues

__all__ = ["leave_traces"]

_REASONS: Final = (
    "ledger: no account for this merchant",
    "409 Conflict: the dispute is closed already",
    "connection to the ledger timed out after 10 s",
    "ValueError: unknown currency",
)
_AT_ONCE: Final = 10
_IN_HAND: Final = 3
_HALF_AN_HOUR: Final = timedelta(minutes=30)


def leave_traces(data_dir: Path, config: Config) -> None:
    """Consume most payments, hold some refunds, and let some disputes die, each with the reason that a consumer gave.

    It runs beside the server, as commands do. Which messages it takes is left to the queues.
    """
    (disputes,) = (queue for queue in config.queues if queue.name == "disputes")
    with open_home(data_dir, event_retention=config.event_retention) as home:
        total = home.queues.depth("payments").visible
        for _ in range(total * 3 // 4 // _AT_ONCE):
            _consume(home.queues, "payments")
        home.queues.receive("refunds", max_messages=_IN_HAND, visibility_timeout=_HALF_AN_HOUR)
        for reason in _REASONS[: max(1, home.queues.depth("disputes").visible // 2)]:
            _let_die(home.queues, "disputes", reason, receives=disputes.max_receives)


def _consume(queues: Queues, name: str) -> None:
    taken = queues.receive(name, max_messages=_AT_ONCE, visibility_timeout=_HALF_AN_HOUR)
    queues.delete(name, [delivery.receipt for delivery in taken])


def _let_die(queues: Queues, name: str, reason: str, *, receives: int) -> None:
    """Fail one message as often as it may be received; the receive after that finds it on the dead-letter queue."""
    first = ""
    for _ in range(receives):
        for delivery in queues.receive(name, visibility_timeout=_HALF_AN_HOUR):
            first = first or delivery.message_id
            queues.failed(name, delivery.receipt, reason=reason)
            queues.extend(name, [delivery.receipt], visibility_timeout=timedelta())
    for delivery in queues.receive(name, visibility_timeout=_HALF_AN_HOUR):  # another message: it is given back
        queues.extend(name, [delivery.receipt], visibility_timeout=timedelta())
