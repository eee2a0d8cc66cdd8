"""Decides whether anything is wrong: one sentence, and its reasons."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.config.units import duration_text
from hookline.domain.counted import counted
from hookline.domain.queue import UNROUTED
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hookline.domain.sample import Sample
    from hookline.ports.queue_listing import ListedQueue

__all__ = ["Finding", "State", "findings", "sentence", "tone_of"]

_BAD: Final = "bad"
_WARN: Final = "warn"

_OLD: Final = 15 * 60
"""Seconds: if a message waits longer, its consumer is missing or too slow."""

_SLOW_OUTBOX: Final = 60
_LOOKED_BACK: Final = 300
"""The period in seconds over which rejections are counted."""

_FEW_CALLS: Final = 5
_REJECTED_SHARE: Final = 0.2


@record
class Finding:
    """A problem that a person should look at, and its page. ``tone`` is bad or warn."""

    tone: str
    text: str
    link: str


@record
class State:
    """The inputs of the verdict. ``fault`` is why no event can be accepted; None in ``failed`` and ``waiting`` means unknown."""

    fault: str | None
    listed: Sequence[ListedQueue]
    samples: Sequence[Sample]
    failed: int | None
    waiting: int | None
    paused_sources: Sequence[str]
    missing_rights: Sequence[str] = ()


def findings(state: State) -> list[Finding]:
    """All problems, the worst first."""
    found = [
        *_storage(state),
        *_events(state),
        *_queues(state.listed),
        *_calls(state.samples),
        *_paused(state),
        *_denied(state),
    ]
    return sorted(found, key=lambda one: one.tone != _BAD)


def tone_of(found: Sequence[Finding]) -> str:
    """The worst tone: bad, warn or ok."""
    return found[0].tone if found else "ok"


def sentence(found: Sequence[Finding]) -> str:
    """The answer to "is anything wrong?"."""
    if not found:
        return "Nothing is wrong."
    if len(found) == 1:
        return f"{found[0].text}."
    return f"{found[0].text}, and {counted(len(found) - 1, 'other thing needs', 'other things need')} attention."


def _storage(state: State) -> Iterator[Finding]:
    if state.fault is not None:
        yield Finding(tone=_BAD, text=f"Senders get 503: {state.fault}", link="/")


def _events(state: State) -> Iterator[Finding]:
    if state.failed:
        text = f"{counted(state.failed, 'event has', 'events have')} failed to be routed"
        yield Finding(tone=_BAD, text=text, link="/events?status=failed")
    newest = state.samples[-1] if state.samples else None
    is_empty = state.waiting == 0  # the count is from now, but CloudWatch's age is some minutes old
    if newest is not None and not is_empty and (newest.outbox_oldest_age or 0) > _SLOW_OUTBOX:
        age = _age(newest.outbox_oldest_age or 0)
        number = state.waiting if newest.outbox_waiting is None else newest.outbox_waiting
        waiting = "Events wait" if number is None else counted(number, "event waits", "events wait")
        yield Finding(tone=_WARN, text=f"{waiting} to be routed, the oldest for {age}", link="/events?status=received")


def _queues(listed: Iterable[ListedQueue]) -> Iterator[Finding]:
    for one in listed:
        name, letters = one.queue.name, one.dead.visible + one.dead.in_flight + one.dead.delayed
        if letters:
            text = f"{counted(letters, 'dead letter')} on {one.queue.dead_letter_name}"
            yield Finding(tone=_BAD, text=text, link=f"/queues/{one.queue.dead_letter_name}")
        if name == UNROUTED and (one.own.visible or one.own.in_flight):
            count = counted(one.own.visible + one.own.in_flight, "event matched", "events matched")
            yield Finding(tone=_WARN, text=f"{count} no route", link="/events?status=unmatched")
        elif one.own.visible and (one.own.oldest_age or 0) > _OLD:
            count = counted(one.own.visible, "message waits", "messages wait")
            text = f"{count} on {name}, the oldest for {_age(one.own.oldest_age or 0)}"
            yield Finding(tone=_WARN, text=text, link=f"/queues/{name}")
        if one.is_paused:
            yield Finding(tone=_WARN, text=f"The queue {name} is paused", link=f"/queues/{name}")


def _calls(samples: Sequence[Sample]) -> Iterator[Finding]:
    recent = [one for one in samples if (samples[-1].at - one.at).total_seconds() < _LOOKED_BACK]
    if unavailable := sum(one.unavailable for one in recent):
        text = f"{counted(unavailable, 'call was', 'calls were')} answered 503 in the last 5 minutes"
        yield Finding(tone=_BAD, text=text, link="/")
    rejected = sum(sum(one.rejected.values()) for one in recent)
    calls = sum(one.calls for one in recent)
    if rejected >= _FEW_CALLS and rejected > _REJECTED_SHARE * calls:
        text = f"{rejected:,} of {counted(calls, 'call')} {'was' if rejected == 1 else 'were'} rejected in the last 5 minutes"
        yield Finding(tone=_WARN, text=text, link="/rejected")


def _paused(state: State) -> Iterator[Finding]:
    for name in state.paused_sources:
        yield Finding(tone=_WARN, text=f"The source {name} is paused", link="/sources")


def _denied(state: State) -> Iterator[Finding]:
    if state.missing_rights:
        text = f"Not all is known here: access denied to {', '.join(state.missing_rights)}"
        yield Finding(tone=_WARN, text=text, link="/")


def _age(seconds: float) -> str:
    return duration_text(timedelta(seconds=int(seconds)))
