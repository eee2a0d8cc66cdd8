"""Moving dead letters back to their queue: first a plan, then in steps, so that it can be interrupted at any point."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING

from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import NotFoundError, OperatorError, UnavailableError
from hookline.pipeline.audited import audited
from hookline.pipeline.where import read_message_where
from hookline.ports.move_tasks import MoveStatus
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Generator, Iterator, Mapping, Sequence

    from hookline.domain.message import Delivery
    from hookline.pipeline.audited import Run
    from hookline.ports.audit import AuditLog
    from hookline.ports.dead_letters import DeadLetters, LettersInHand
    from hookline.ports.move_tasks import MoveTask, MoveTasks
    from hookline.ports.queues import Depth

__all__ = ["AT_ONCE", "Progress", "Redrive", "RedrivePlan", "RedriveRequest", "has_dead_letters"]

AT_ONCE = 500
"""How many letters are moved in one step; if all queues are in one file, senders wait while a step runs."""

_SAMPLE = 5
_FASTEST_TASK = 500
"""The highest rate of a move task on SQS, in messages a second."""


@record
class RedriveRequest:
    """The operator's request. ``letters`` is the dead-letter queue; ``most`` and ``where`` limit which letters are moved."""

    letters: str
    most: int | None = None
    where: str | None = None
    rate: float | None = None

    @classmethod
    def of(
        cls, queue: str, *, most: int | None, where: str | None, rate: float | None, whole: tuple[str, ...] = ()
    ) -> RedriveRequest:
        """The request for QUEUE, which is a queue or its dead-letter queue. Queues in ``whole`` have no dead-letter queue.

        Raises PatternError.
        """
        read_message_where(where)
        letters = queue if has_dead_letters(queue, whole) else f"{queue}{DEAD_LETTER_SUFFIX}"
        return cls(letters=letters, most=most, where=where, rate=rate)

    @property
    def queue(self) -> str:
        """The queue that the letters come from."""
        return self.letters.removesuffix(DEAD_LETTER_SUFFIX)


@record
class RedrivePlan:
    """What a redrive would do. ``types`` counts the events of the letters that were read; it is empty if all letters are meant.

    ``unseen`` letters could not be read, because others of their groups are ahead of them.
    """

    there: int
    in_flight: int
    matched: int
    unseen: int = 0
    types: Mapping[str, int] = field(default_factory=dict)
    sample: tuple[Delivery, ...] = ()


@record
class Progress:
    """How many letters were moved so far. ``is_asked``: a service moves them itself, and is asked for its progress.

    ``unseen`` letters could not be read, because others of their groups are ahead of them.
    """

    moved: int
    unseen: int = 0
    is_asked: bool = False


@record
class Redrive:
    """Redrives in one home. ``moves`` is None where no service moves messages itself; ``text_of`` returns a message with its body."""

    letters: DeadLetters
    depth: Callable[[str], Depth]
    audit: AuditLog
    text_of: Callable[[Delivery], str]
    moves: MoveTasks | None = None

    def plan(self, request: RedriveRequest) -> RedrivePlan:
        """Read and count the letters. On SQS each letter that a pattern must judge is received, and returned."""
        depth = self.depth(request.letters)
        if request.where is None:
            matched = depth.visible if request.most is None else min(depth.visible, request.most)
            return RedrivePlan(there=depth.visible, in_flight=depth.in_flight, matched=matched)
        types: dict[str, int] = {}
        sample: list[Delivery] = []
        with self.letters.opened(request.letters) as hand:
            for chosen in self._chosen(request, hand, AT_ONCE):
                for letter in chosen:
                    type_ = str(letter.attributes.get("event_type", ""))
                    types[type_] = types.get(type_, 0) + 1
                sample += chosen[: _SAMPLE - len(sample)]
            unseen = _unseen(request, sum(types.values()), hand)
        return RedrivePlan(
            there=depth.visible,
            in_flight=depth.in_flight,
            matched=sum(types.values()),
            unseen=unseen,
            types=dict(sorted(types.items())),
            sample=tuple(sample),
        )

    def run(self, request: RedriveRequest, run: Run, *, at_once: int = AT_ONCE) -> Generator[Progress, None, None]:
        """Move the letters, and report the progress after each step. The action has an audit record."""
        details = {"to": request.queue}
        details |= {} if request.where is None else {"where": request.where}
        details |= {} if request.most is None else {"max": str(request.most)}
        with audited(self.audit, run.entry("redrive", request.letters, **details)) as note:
            task = self._task(request)
            steps = self._steps(request, at_once) if task is None else self._followed(request, task)
            for at in steps:
                note.affected = at.moved
                yield at

    def _steps(self, request: RedriveRequest, at_once: int) -> Iterator[Progress]:
        moved = 0
        with self.letters.opened(request.letters) as hand:
            for chosen in self._chosen(request, hand, at_once):
                moved += hand.put_back(chosen)
                yield Progress(moved=moved)
            if unseen := _unseen(request, moved, hand):
                yield Progress(moved=moved, unseen=unseen)

    def _chosen(self, request: RedriveRequest, hand: LettersInHand, at_once: int) -> Iterator[Sequence[Delivery]]:
        """The matching letters, step by step."""
        meant = read_message_where(request.where)
        left = request.most
        while left is None or left > 0:
            wanted = at_once if left is None or request.where is not None else min(at_once, left)
            letters = hand.next(wanted)
            if not letters:
                return
            chosen = [one for one in letters if request.where is None or meant(self._text(one))][:left]
            left = None if left is None else left - len(chosen)
            if chosen:
                yield chosen

    def _text(self, letter: Delivery) -> str:
        try:
            return self.text_of(letter)
        except NotFoundError:  # its event is no longer stored: the message is judged as it is
            return letter.body

    def _task(self, request: RedriveRequest) -> MoveTask | None:
        """Start a move task of the service, if it can do what the request asks for."""
        if self.moves is None or request.most is not None or request.where is not None:
            return None
        rate = request.rate
        if not request.letters.endswith(DEAD_LETTER_SUFFIX) or (rate is not None and not 1 <= rate <= _FASTEST_TASK):
            return None
        task = self.moves.start(request.letters, rate=None if rate is None else int(rate))
        if task is None:
            raise OperatorError("move_running", f"a move task of {request.letters} is already running")
        return task

    def _followed(self, request: RedriveRequest, task: MoveTask) -> Iterator[Progress]:
        """Yields the task's progress each time the caller asks for it; cancels the task if the caller stops asking."""
        assert self.moves is not None  # noqa: S101 -- it has started the task
        try:
            while True:
                at = self.moves.newest(request.letters, limit=1)[0]
                yield Progress(moved=at.moved, is_asked=True)
                if at.status is MoveStatus.FAILED:
                    raise OperatorError("move_failed", f"SQS stopped after {at.moved} messages: {at.failure}")
                if at.status is not MoveStatus.RUNNING:
                    return
        except GeneratorExit:
            with suppress(OperatorError, UnavailableError):
                self.moves.cancel(request.letters, task.id)
            raise


def _unseen(request: RedriveRequest, found: int, hand: LettersInHand) -> int:
    """How many letters were not read although more were wanted."""
    return hand.unseen if request.where is not None and (request.most is None or found < request.most) else 0


def has_dead_letters(queue: str, whole: Container[str]) -> bool:
    """Whether ``queue`` is a dead-letter queue, or one of ``whole``, which are treated like one."""
    return queue in whole or queue.endswith(DEAD_LETTER_SUFFIX)
