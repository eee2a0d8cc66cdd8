"""Dead letters that somebody has looked at: what is known about them if a queue cannot list its messages."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hookline.domain.message import Delivery

__all__ = ["SeenLetter", "SeenLetters"]

_KEPT: Final = 10_000


@record
class SeenLetter:
    """A dead letter that was on ``queue``, a dead-letter queue, at ``seen_at``. It may have left since."""

    queue: str
    letter: Delivery
    seen_at: datetime


class SeenLetters:
    """Remembers the letters that were looked at last, for any thread; a newer look at a letter replaces an older one."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._letters: OrderedDict[tuple[str, str], SeenLetter] = OrderedDict()

    def note(self, queue: str, letters: Iterable[Delivery], at: datetime) -> None:
        """Record letters that somebody has just seen on the queue."""
        with self._guard:
            for letter in letters:
                key = (queue, letter.message_id)
                self._letters.pop(key, None)
                self._letters[key] = SeenLetter(queue=queue, letter=letter, seen_at=at)
            while len(self._letters) > _KEPT:
                self._letters.popitem(last=False)

    def of(self, event_id: str) -> list[SeenLetter]:
        """The letters of an event, the one that was seen last first."""
        with self._guard:
            return [one for one in reversed(self._letters.values()) if one.letter.event_id == event_id]

    def newest(self, queues: Iterable[str], *, limit: int) -> list[SeenLetter]:
        """The letters of these queues that were seen last."""
        wanted = frozenset(queues)
        with self._guard:
            return [one for one in reversed(self._letters.values()) if one.queue in wanted][:limit]
