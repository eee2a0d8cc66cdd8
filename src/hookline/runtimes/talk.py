"""The order of every command that changes something: show the plan, ask, make the change, show the result."""

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
"""A function that is called with the number of newly finished items."""

NOT_MOVED: Final = "nothing was moved: add --yes and a --reason to move them"
_HOW: Final = frozenset({"fresh", "rate", "yes"})
"""Options of a replay that choose no event: a command with only these would replay everything."""


class Talk(Protocol):
    """The output of a command. A person sees fields and lines, and is asked; a program gets documents."""

    def fields(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Show names and values to a person."""

    def line(self, text: str) -> None:
        """Show a line of the result to a person."""

    def note(self, text: str) -> None:
        """Show a person a line that is not part of the result."""

    def show(self, shown: Shown) -> None:
        """Show the result. If it has ``failed``, the command ends with exit code 1."""

    def confirm(self, question: str, *, yes: bool, must_ask: bool = False) -> None:
        """Return only if a person agrees. If nobody can be asked: return, but with ``must_ask`` only if ``yes``."""

    def progress(self, total: int, doing: str) -> AbstractContextManager[Advance]:
        """Show a person the progress of a block."""


@record
class Asked:
    """The operator's options. ``dry_run``: only the plan is shown. ``yes``: the change is made without a question."""

    reason: str | None
    dry_run: bool = False
    yes: bool = False


@record
class Change(Generic[T]):
    """A change that was planned. ``fields`` describe it to a person, ``work`` makes it.

    ``check`` raises the reason if the change cannot be made now. With ``must_ask`` a person has to agree first. ``result`` says what to
    show at the end; it gets None if the change was not made. ``total`` and ``doing`` are for the progress: how many items, and what is
    done to them.
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
    """Show the plan; ask, and make the change, unless only the plan is wanted; show the result. Without ``run`` it is a new run."""
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
    """What ``hookline queues move`` asks for: without ``yes`` only the plan. Raises UnusableError."""
    if queue == to:
        raise UnusableError("QUEUE and TO are the same queue")
    if yes and not reason:
        raise UnusableError("--reason is needed to move messages: it is kept in the audit log")
    return Asked(reason=reason, dry_run=not yes, yes=yes)


def check_chosen(event_ids: Sized, given: Iterable[str]) -> None:
    """Raise UnusableError unless a replay has only ids of events, or only options, one of which chooses events."""
    if bool(event_ids) == bool({*given}) or not (event_ids or {*given} - _HOW):
        raise UnusableError("give either ids of events or options that select events, not both")
