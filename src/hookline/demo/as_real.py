"""Sends one event like its real sender: repeatedly, by the sender's schedule, until it is accepted or the sender stops."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from hookline.config.redelivery_text import fate_text, wait_text
from hookline.pipeline.shown import Lines, Note, Shown
from hookline.providers.reconcile import COMPARABLE
from hookline.providers.redelivery import UNKNOWN, Fate, foreseen
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import timedelta

    from hookline.demo.traffic import Answer
    from hookline.pipeline.shown import Growing
    from hookline.providers.provider import Provider
    from hookline.providers.redelivery import Redelivery

__all__ = ["Story", "Tried", "as_real", "deadline_of", "followed", "notes", "planned"]

_PATIENCE = 30.0
"""Seconds for one attempt, where the sender documents no deadline."""

_HEAD = f"{'try':>4}  {'after':<12} {'result':<28} next"


@record
class Tried:
    """One attempt: its number, its time in seconds after the first, its answer, and the following pause or the end.

    ``answer`` is None where no request was sent, because of the simulated outage.
    """

    number: int
    at: float
    answer: Answer | None
    then: float | Fate

    @property
    def result(self) -> str:
        """The result in one or two words."""
        if self.answer is None:
            return "accepted, if the server works" if self.then is Fate.ARRIVED else "nobody answers (outage)"
        return " ".join(filter(None, (str(self.answer.status or ""), self.answer.outcome)))

    def line(self) -> str:
        """A row of the table."""
        after = wait_text(self.at)
        then = self.then.value if isinstance(self.then, Fate) else f"again in {wait_text(self.then)}"
        return f"{self.number:>4}  {after:<12} {self.result:<28} {then}"

    def as_document(self) -> dict[str, object]:
        """The attempt as the content of a JSON object."""
        fate = self.then.value if isinstance(self.then, Fate) else None
        wait = None if isinstance(self.then, Fate) else self.then
        answer = None if self.answer is None else self.answer.as_document()
        return {
            "try": self.number,
            "after_seconds": round(self.at, 3),
            "answer": answer,
            "again_in": wait,
            "fate": fate,
        }


@record
class Story:
    """All attempts of one event, and how well its sender's schedule is known."""

    provider: Provider
    tries: Sequence[Tried]

    @property
    def is_interrupted(self) -> bool:
        """Whether the attempts were interrupted before the sender would have stopped."""
        return not self.tries or not isinstance(self.tries[-1].then, Fate)

    @property
    def arrived(self) -> bool:
        """Whether the event was accepted."""
        return bool(self.tries) and self.tries[-1].then is Fate.ARRIVED

    def verdict(self) -> str:
        """The result of the event, in a sentence."""
        last = self.tries[-1] if self.tries else None
        if last is None or not isinstance(last.then, Fate):
            return "interrupted before the sender would have stopped"
        fetched = "; `hookline reconcile` finds it" if last.then.is_lost and self.provider.name in COMPARABLE else ""
        return fate_text(last.then, last.number, last.at, _redelivery_of(self.provider)) + fetched

    def as_document(self) -> dict[str, object]:
        """The story as the content of a JSON object."""
        return {
            "scheme": self.provider.name,
            "documented": _redelivery_of(self.provider).documented,
            "arrived": self.arrived,
            "verdict": self.verdict(),
            "tries": [one.as_document() for one in self.tries],
        }


def _redelivery_of(provider: Provider) -> Redelivery:
    """The sender's schedule, or hookline's assumption where the sender documents none."""
    return provider.redelivery or UNKNOWN


def deadline_of(provider: Provider) -> float:
    """How many seconds the sender waits for an answer."""
    return provider.deadline or _redelivery_of(provider).deadline or _PATIENCE


def as_real(
    provider: Provider,
    post: Callable[[float], Answer],
    *,
    outage: timedelta,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Tried]:
    """Make attempts until the sender would stop. ``post`` sends one, given its seconds after the first; during the outage none is sent.

    ``wait`` may let the seconds between attempts pass or not; the attempts have the times of the schedule in both cases.
    """
    redelivery = _redelivery_of(provider)
    number, at = 0, 0.0
    while True:
        number += 1
        answer = None if at < outage.total_seconds() else post(at)
        at_end = at + (0.0 if answer is None else answer.seconds)
        status = None if answer is None else answer.status
        then = redelivery.then(status, tries=number, elapsed=at_end)
        yield Tried(number=number, at=at, answer=answer, then=then)
        if isinstance(then, Fate):
            return
        wait(then)
        at = at_end + then


def followed(provider: Provider, tries: Iterator[Tried], *, is_stepped: bool) -> Growing:
    """Each try as it is made, and last what became of the event; Ctrl-C ends it."""
    done: list[Tried] = []
    for note in notes(provider, is_stepped=is_stepped):
        yield Note(text=note)
    yield Lines(lines=[_HEAD])
    with suppress(KeyboardInterrupt):
        for one in tries:
            done.append(one)
            yield Lines(lines=[one.line()])
    story = Story(provider=provider, tries=done)
    yield Shown(
        document=story.as_document(),
        parts=[Lines(lines=[story.verdict()])],
        interrupted=story.is_interrupted,
        failed=not story.arrived,
    )


def planned(provider: Provider, outage: timedelta) -> Iterator[Tried]:
    """The expected attempts, without a server: the first attempt after the outage is accepted."""
    for one in foreseen(_redelivery_of(provider), outage.total_seconds()):
        yield Tried(number=one.number, at=one.at, answer=None, then=one.then)


def notes(provider: Provider, *, is_stepped: bool) -> Iterator[str]:
    """What a reader of the table has to know."""
    redelivery = _redelivery_of(provider)
    title = provider.title or provider.name
    if redelivery is UNKNOWN:
        yield f"{title} does not document its retries: hookline assumes that there are none"
    elif not redelivery.documented:
        yield f"{title} does not document its pauses: those shown are hookline's assumption"
    if not provider.deadline and not redelivery.deadline:
        yield f"{title} documents no deadline: hookline waits {wait_text(_PATIENCE)} for an answer"
    if is_stepped:
        signed = "signed now" if redelivery.signs_anew else "signed as long ago as the table says"
        yield f"the clock of the table is stepped: nothing waits, and each call is {signed}"
