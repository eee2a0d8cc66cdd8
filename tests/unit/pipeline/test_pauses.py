"""Pausing and resuming, and how held events go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import EVENT_RETENTION, QUEUES, START, event
from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.held_events import MemoryHeldEvents
from hookline.adapters.memory.pauses import MemoryPauses
from hookline.adapters.memory.state import MemoryState
from hookline.config import parse
from hookline.domain.pause import Paused, PauseState
from hookline.errors import NotFoundError
from hookline.pipeline.audited import Run
from hookline.pipeline.pauses import PauseActions, release_step, source_states, source_warning
from hookline.providers import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RUN = Run(id="p1", actor="ann@desk", at=START, reason="the ledger moves")


class World:
    """A memory backend with a source to pause."""

    def __init__(self) -> None:
        self.clock = MemoryClock(START)
        self.state = MemoryState(self.clock, QUEUES, EVENT_RETENTION)
        self.events = MemoryEventStore(self.state)
        self.held = MemoryHeldEvents(self.state)
        self.audit = MemoryAuditLog(self.state)
        self.pauses = MemoryPauses(self.state)
        self.actions = PauseActions(pauses=self.pauses, held=self.held, audit=self.audit)
        self.delivered: list[str] = []

    def hold(self, *names: str) -> None:
        """Hold events of these names."""
        self.events.add([replace(event(name, f'"{name}"'.encode()), held=True) for name in names])

    def step(self, limit: int = 10) -> bool:
        """One step of what lets events go."""

        def deliver(ids: Sequence[str]) -> None:
            self.delivered += self.held.release(ids)

        return release_step(self.pauses, self.held, deliver, self.state.clock.steady(), limit=limit)

    def state_of(self, name: str = "transactions") -> PauseState | None:
        """How far the source's pause is."""
        return next((one.state for one in self.pauses.all() if one.name == name), None)


def test_a_pause_says_who_and_why_in_the_list_and_the_audit_log() -> None:
    """The next operator can see it without asking colleagues."""
    world = World()
    pause = world.actions.pause(Paused.SOURCE, "transactions", RUN, hold=True)
    (entry,) = world.audit.newest(limit=5)
    assert (pause.actor, pause.reason, pause.state) == ("ann@desk", RUN.reason, PauseState.HOLDING)
    assert (entry.action, entry.subject, entry.reason) == ("pause", "source transactions", RUN.reason)
    assert entry.details == {"hold": "yes"}


def test_a_plain_pause_ends_immediately() -> None:
    """No events were held, so there is nothing to wait for."""
    world = World()
    world.actions.pause(Paused.SOURCE, "transactions", RUN)
    assert world.actions.resume(Paused.SOURCE, "transactions", RUN) == 0
    assert world.pauses.all() == []


def test_events_that_are_held_go_in_steps_and_new_ones_stay_behind_them() -> None:
    """Otherwise new events would overtake old ones."""
    world = World()
    world.actions.pause(Paused.SOURCE, "transactions", RUN, hold=True)
    world.hold("a", "b", "c")
    assert not world.step()
    assert world.actions.resume(Paused.SOURCE, "transactions", replace(RUN, id="p2")) == 3

    assert world.step(limit=2)
    assert world.state_of() is PauseState.RELEASING
    assert source_states(world.pauses.all()) == {"transactions": PauseState.RELEASING}
    world.hold("d")
    assert [world.step(limit=2) for _ in range(2)] == [True, False]
    assert world.delivered == [event(name).id for name in "abcd"]
    assert world.state_of() is PauseState.RELEASED
    assert source_states(world.pauses.all()) == {}
    assert [one.affected for one in world.audit.newest(limit=1)] == [3]


def test_what_was_held_late_goes_too_and_then_nothing_is_looked_for() -> None:
    """A process may have held one more event before it read that the pause is over."""
    world = World()
    world.actions.pause(Paused.SOURCE, "transactions", RUN, hold=True)
    world.actions.resume(Paused.SOURCE, "transactions", RUN)
    world.step()
    world.hold("late")
    assert world.step()
    assert world.delivered == [event("late").id]
    world.clock.advance(timedelta(hours=2))
    world.step()
    assert world.pauses.all() == []


def test_a_source_that_held_events_and_is_paused_then_lets_them_go_when_it_is_resumed() -> None:
    """A pause of the other kind applies also to events that were held before it."""
    world = World()
    world.actions.pause(Paused.SOURCE, "transactions", RUN, hold=True)
    world.hold("a")
    world.actions.pause(Paused.SOURCE, "transactions", RUN)
    assert not world.step()
    world.actions.resume(Paused.SOURCE, "transactions", RUN)
    assert world.step()
    assert world.delivered == [event("a").id]


@pytest.mark.parametrize("kind", list(Paused))
def test_what_is_not_paused_cannot_be_resumed(kind: Paused) -> None:
    """A command with a misspelt name must not seem to succeed."""
    with pytest.raises(NotFoundError):
        World().actions.resume(kind, "payments", RUN)


def test_what_was_resumed_is_not_paused_any_more() -> None:
    """A source whose resumption is still stored counts as not paused."""
    world = World()
    world.actions.pause(Paused.SOURCE, "transactions", RUN, hold=True)
    world.actions.resume(Paused.SOURCE, "transactions", RUN)
    world.step()
    with pytest.raises(NotFoundError):
        world.actions.resume(Paused.SOURCE, "transactions", RUN)
    assert world.actions.sources() == {}


def test_senders_that_give_up_an_endpoint_are_named(tmp_path: Path) -> None:
    """A sender may disable a webhook during a pause, and the operator must know it before."""
    name, provider = next((name, one) for name, one in PROVIDERS.items() if "disable" in one.retries and one.sample)
    text = f"""
[sources.a]
path = "/a"
verify = {{ scheme = "{name}", secrets = ["A_SECRET"] }}
[sources.b]
path = "/b"
verify = {{ scheme = "standard-webhooks", secrets = ["B_SECRET"] }}
[queues.q]
[[routes]]
match = {{ source = [{{ prefix = "hookline" }}] }}
queues = ["q"]
"""
    config = parse(text, base=tmp_path, name="hookline.toml")
    assert provider.retries in (source_warning(config, "a") or "")
    assert source_warning(config, "b") is None
    with pytest.raises(NotFoundError):
        source_warning(config, "c")
