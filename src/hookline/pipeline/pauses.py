"""Pausing and resuming queues and sources, and releasing held events in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.pause import HOLDS, Pause, Paused, PauseState
from hookline.errors import NotFoundError, UnavailableError
from hookline.pipeline.audited import audited
from hookline.providers import PROVIDERS
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hookline.config import Config
    from hookline.pipeline.audited import Run
    from hookline.ports.audit import AuditLog
    from hookline.ports.held_events import HeldEvents
    from hookline.ports.pauses import Pauses

__all__ = [
    "REFUSED",
    "PauseActions",
    "PausedSource",
    "longest_held",
    "refuse_paused",
    "release_step",
    "source_states",
    "source_warning",
]

AT_ONCE = 100
"""How many held events are released in one step: after a kill, at most this many wait for recovery."""

_REMEMBERED = timedelta(hours=1)
"""How long held events of a resumed source are still searched: far longer than any process uses an old answer about the pause."""

REFUSED = "source_paused"
_COME_AGAIN = 60  # seconds


@record
class PausedSource:
    """The state of a source's pause, and how many of its events are held."""

    state: PauseState
    held: int


@record
class PauseActions:
    """What the commands use; ``held`` are the home's held events."""

    pauses: Pauses
    held: HeldEvents
    audit: AuditLog

    def pause(self, kind: Paused, name: str, run: Run, *, hold: bool = False) -> Pause:
        """Pause a queue or a source; with ``hold`` the source's events are accepted and held."""
        state = PauseState.HOLDING if hold else PauseState.PAUSED
        pause = Pause(kind=kind, name=name, state=state, since=run.at, actor=run.actor, reason=run.reason)
        with audited(self.audit, run.entry("pause", f"{kind} {name}", **({"hold": "yes"} if hold else {}))):
            self.pauses.put(pause)
        return pause

    def resume(self, kind: Paused, name: str, run: Run) -> int:
        """End a pause; returns how many held events go to their queues now. Raises NotFoundError if it is not paused."""
        pause = self._paused(kind, name)
        with audited(self.audit, run.entry("resume", f"{kind} {name}")) as note:
            note.affected = self.held.count(name) if kind is Paused.SOURCE else 0
            if note.affected or pause.state in HOLDS:
                self.pauses.put(replace(pause, state=PauseState.RELEASING, since=run.at))
            else:
                self.pauses.remove(kind, name)
        return note.affected

    def sources(self) -> Mapping[str, PausedSource]:
        """The sources that are paused, hold events or release them."""
        states = source_states(self.pauses.all())
        return {name: PausedSource(state=state, held=self.held.count(name)) for name, state in states.items()}

    def _paused(self, kind: Paused, name: str) -> Pause:
        for pause in self.pauses.all():
            if (pause.kind, pause.name) == (kind, name) and pause.state is not PauseState.RELEASED:
                return pause
        raise NotFoundError(f"the {kind} {name} is not paused")


def release_step(
    pauses: Pauses, held: HeldEvents, deliver: Callable[[Sequence[str]], None], now: datetime, *, limit: int = AT_ONCE
) -> bool:
    """Release some held events of each resumed source, and report whether there may be more.

    ``deliver`` puts held events on their queues, in order, or releases them to the outbox. It may be killed at any point: the next step
    continues from there.
    """
    more = False
    for pause in pauses.all():
        if pause.kind is not Paused.SOURCE or pause.state not in _RESUMED:
            continue
        if first := held.first(pause.name, limit=limit):
            deliver(first)
            more = True
        elif pause.state is PauseState.RELEASING:
            pauses.put(replace(pause, state=PauseState.RELEASED, since=now))
        elif now - pause.since > _REMEMBERED:
            pauses.remove(Paused.SOURCE, pause.name)
    return more


def longest_held(pauses: Pauses, held: HeldEvents, now: datetime) -> timedelta | None:
    """How long the first held event has waited, of all sources that hold events; None if no event is held."""
    holding = [name for name, state in source_states(pauses.all()).items() if state in HOLDS]
    found = [oldest for name in holding if (oldest := held.oldest(name)) is not None]
    return max(timedelta(), now - min(found)) if found else None


_RESUMED = frozenset({PauseState.RELEASING, PauseState.RELEASED})


def source_states(pauses: Sequence[Pause]) -> Mapping[str, PauseState]:
    """The states that affect new events, by source: empty for a source that accepts and routes them."""
    return {one.name: one.state for one in pauses if one.kind is Paused.SOURCE and one.state is not PauseState.RELEASED}


def source_warning(config: Config, name: str) -> str | None:
    """What the sender of a source does when it gets 503, if the catalogue knows it. Raises NotFoundError."""
    source = next((one for one in config.sources if one.name == name), None)
    if source is None:
        raise NotFoundError(f"there is no source {name} in the configuration")
    provider = PROVIDERS.get(source.scheme)
    if provider is None or "disable" not in provider.retries:
        return None
    return f"{provider.title} repeats a failed call: {provider.retries}. With --hold its events are accepted meanwhile"


def refuse_paused(name: str) -> UnavailableError:
    """The error that senders of a paused source get."""
    return UnavailableError(REFUSED, f"the source {name} is paused", retry_after=_COME_AGAIN)
