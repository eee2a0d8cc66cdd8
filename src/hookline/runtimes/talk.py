"""The one order of every command that changes something: show the plan, ask, do it, show the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeAlias, TypeVar

from hookline.config.units import UnusableError
from hookline.record import record
from hookline.runtimes.operator import fresh_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence, Sized
    from contextlib import AbstractContextManager

    from hookline.pipeline.audited import Run
    from hookline.pipeline.shown import Shown

__all__ = ["NOT_MOVED", "Advance", "Asked", "Change", "Talk", "asked_move", "carry_out", "check_chosen"]

T = TypeVar("T")

Advance: TypeAlias = "Callable[[int], None]"
"""Is called with how many more items are done."""

NOT_MOVED: Final = "nothing was moved: add --yes and a --reason to move them"
_HOW: Final = frozenset({"fresh", "rate", "yes"})
"""Options of a replay that choose no event: a command with only these would replay everything."""


class Talk(Protocol):
    """Who runs the command. A person sees fields and lines, and is asked; a program gets documents."""

    def fields(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Show names and values to a person."""

    def line(self, text: str) -> None:
        """Show a line of the result to a person."""

    def note(self, text: str) -> None:
        """Show a person a line that is not part of the result."""

    def show(self, shown: Shown) -> None:
        """Show the result. The command ends with exit code 1 where that has ``failed``."""

    def confirm(self, question: str, *, yes: bool, must_ask: bool = False) -> None:
        """Return only when a person agrees. Where nobody can be asked it returns, but with ``must_ask`` only if ``yes``."""

    def progress(self, total: int, doing: str) -> AbstractContextManager[Advance]:
        """Show a person how far it is while a block runs."""


@record
class Asked:
    """What an operator asks for: with which reason, whether only the plan is wanted, and whether no question is."""

    reason: str | None
    dry_run: bool = False
    yes: bool = False


@record
class Change(Generic[T]):
    """Something that was planned. ``fields`` say what it would do, ``work`` does it.

    ``check`` raises why it cannot be done. With ``must_ask`` it is not done without an answer. ``result`` is what to show of its end, and
    of a plan that was not carried out (None). ``total`` is how many items ``doing`` them would concern.
    """

    work: Callable[[Run, Advance], T]
    result: Callable[[T | None], Shown]
    fields: Sequence[tuple[str, object]] = ()
    question: str = "Continue?"
    check: Callable[[], None] | None = None
    must_ask: bool = False
    total: int = 0
    doing: str = ""


def carry_out(change: Change[T], asked: Asked, talk: Talk, run: Run | None = None) -> None:
    """Show the plan; unless only that is wanted, ask and do it; show the result. ``run`` is a new one where none is given."""
    if change.fields:
        talk.fields(change.fields)
    done: T | None = None
    if not asked.dry_run:
        if change.check is not None:
            change.check()
        talk.confirm(change.question, yes=asked.yes, must_ask=change.must_ask)
        with talk.progress(change.total, change.doing) as advance:
            done = change.work(run or fresh_run(asked.reason), advance)
    talk.show(change.result(done))


def asked_move(queue: str, to: str, *, yes: bool, reason: str | None) -> Asked:
    """What ``hookline queues move`` asks for: only with ``yes`` it moves something. Raises UnusableError."""
    if queue == to:
        raise UnusableError("QUEUE and TO are the same queue")
    if yes and not reason:
        raise UnusableError("--reason is needed to move messages: it is kept in the audit log")
    return Asked(reason=reason, dry_run=not yes, yes=yes)


def check_chosen(event_ids: Sized, given: Iterable[str]) -> None:
    """Raise UnusableError unless a replay has only ids of events, or only options, one of which chooses events."""
    if bool(event_ids) == bool({*given}) or not (event_ids or {*given} - _HOW):
        raise UnusableError("give ids of events, or options that say which events, and not both")
