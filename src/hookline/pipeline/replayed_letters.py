"""Removing the dead letters of replayed events, whose consumers get new messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.counted import counted
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import NotFoundError, UnavailableError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.ports.dead_letters import DeadLetters

__all__ = ["MOST", "LettersRemoved", "remove_letters"]

MOST = 1000
"""The most dead letters of a queue that are read, where the backend must read each."""


@record
class LettersRemoved:
    """How many dead letters were removed, and the dead-letter queues that were read only in part or not at all.

    ``is_unsure``: the queues of the events are not known, so no queue was read.
    """

    removed: int = 0
    stopped: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    is_unsure: bool = False

    def lines(self) -> list[str]:
        """Sentences for a person; none if nothing happened."""
        removed = [f"removed {counted(self.removed, 'dead letter')} of these events"] if self.removed else []
        stopped = [f"read {MOST:,} messages of {name} and stopped: dead letters may be left" for name in self.stopped]
        unsure = ["without a hookline.toml here their queues are unknown: their dead letters stay"]
        closed = [f"cannot look for dead letters on {name}: they may be left" for name in self.closed]
        return removed + stopped + closed + (unsure if self.is_unsure else [])


def remove_letters(letters: DeadLetters, replayed: Mapping[str, Sequence[str]]) -> LettersRemoved:
    """Remove the dead letters of replayed events, from the dead-letter queues of the queues that got the events again.

    Dead letters on other queues stay, because this replay does not deliver those messages again.
    """
    events: dict[str, list[str]] = {}
    for event_id, queues in replayed.items():
        for queue in queues:
            events.setdefault(f"{queue}{DEAD_LETTER_SUFFIX}", []).append(event_id)
    removed, stopped, closed = 0, [], []
    for queue, event_ids in events.items():
        try:
            found = letters.remove(queue, event_ids, most=MOST)
        except (NotFoundError, UnavailableError):
            closed.append(queue)
        else:
            removed += found.removed
            stopped += [queue] if found.stopped else []
    return LettersRemoved(removed=removed, stopped=tuple(stopped), closed=tuple(closed))
