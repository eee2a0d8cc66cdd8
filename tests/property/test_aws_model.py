"""The AWS home's store and outbox do what memory does, whatever is done to both and in whatever order."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contract.builders import EVENT_RETENTION, QUEUES, START, event, routed
from contract.homes import OPENERS
from hookline.domain.claim import Claim, ClaimKind, IfRepeated, claim_key
from hookline.domain.event import Status
from hookline.domain.replay import ReplayMark
from hookline.errors import HooklineError
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from contract.homes import Home
    from hookline.domain.event import Event
    from hookline.domain.route import RoutedEvent
    from hookline.ports.event_store import StoredEvent

T = TypeVar("T")
Fault: TypeAlias = str
"""The code of an error."""

NAMES = ("a", "b", "c")
ALL_QUEUES = tuple(name for queue in QUEUES for name in (queue.name, queue.dead_letter_name))
EVERYTHING = 1000
SECOND = timedelta(seconds=1)
TO_A_WHOLE_SECOND = SECOND - timedelta(microseconds=START.microsecond)
"""From there on both homes end an event's time at the same moment: the AWS home does so at whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An event that is about to come: ``age`` is how long before now it was received."""

    name: str
    body: bytes
    age: timedelta
    status: Status
    queues: tuple[str, ...]
    claims: tuple[ClaimKind, ...]
    if_repeated: IfRepeated

    def event(self, home: Home) -> Event:
        """The event by the home's own time of day."""
        received_at = home.clock.now() - self.age
        given = event(self.name, self.body, received_at=received_at, status=self.status)
        values = {
            ClaimKind.KNOWN: (given.id.encode(), EVENT_RETENTION * 3),
            ClaimKind.SIGNED: (b"transmission", timedelta(hours=1)),
            ClaimKind.BODY: (given.body_sha256, timedelta(hours=1)),
        }
        claims = (
            Claim(
                kind=kind,
                key=claim_key(kind, "transactions", values[kind][0]),
                until=received_at + values[kind][1],
                if_repeated=self.if_repeated,
            )
            for kind in self.claims
        )
        return replace(given, claims=tuple(claims))

    def routed(self, home: Home) -> RoutedEvent:
        """The event and where it goes."""
        return routed(self.event(home), *self.queues)


SPANS = st.sampled_from([0, 1, 60, 3600]).map(lambda seconds: timedelta(seconds=seconds))
IDS_IN_ORDER = [event(name).id for name in NAMES]
IDS = st.sampled_from(IDS_IN_ORDER)
MARK = ReplayMark(id="r1", queue="refunds")
GIVEN = st.builds(
    Given,
    name=st.sampled_from(NAMES),
    body=st.sampled_from([1, 1, 2, 3, 200_000]).map(lambda size: b'"%b"' % (b"x" * size)),
    age=st.sampled_from([timedelta(), SECOND, timedelta(days=1)]),
    status=st.sampled_from([Status.RECEIVED, Status.RECEIVED, Status.ROUTED, Status.UNMATCHED]),
    queues=st.sampled_from([("payments",), ("payments",), ("payments", "refunds"), ("unrouted",), ("nowhere",)]),
    claims=st.sampled_from([(), (), (ClaimKind.KNOWN,), (ClaimKind.SIGNED,), (ClaimKind.BODY, ClaimKind.SIGNED)]),
    if_repeated=st.sampled_from(IfRepeated),
)
SEVERAL = st.lists(GIVEN, min_size=1, max_size=3)


class AwsModel(RuleBasedStateMachine):
    """The same steps on memory, which is the model, and on AWS; every answer and everything in sight must agree."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.model, self.real = (OPENERS[name](Path(), self.stack) for name in ("memory", "aws"))
        self.both(lambda home: home.clock.advance(TO_A_WHOLE_SECOND))

    def teardown(self) -> None:
        """Close what is open."""
        self.stack.close()

    def both(self, act: Callable[[Home], T]) -> None:
        """Whatever the result of ``act``, it must be the same in both homes; faults by their code."""
        expected, got = attempt(act, self.model), attempt(act, self.real)
        assert got == expected

    @rule(given=SEVERAL)
    def add(self, given: list[Given]) -> None:
        """Events, new ones and known ones."""
        self.both(lambda home: home.events.add([one.event(home) for one in given]))

    @rule(given=SEVERAL)
    def deliver(self, given: list[Given]) -> None:
        """Delivery of events that wait, do not wait, or were never there."""
        self.both(lambda home: home.outbox.deliver([one.routed(home) for one in given]))

    @rule(ahead=SPANS)
    def recover(self, ahead: timedelta) -> None:
        """Delivery of what waits and is due."""

        def recover(home: Home) -> list[StoredEvent]:
            now = home.clock.steady()
            found = home.outbox.pending(received_before=now + ahead, due_at=now, limit=EVERYTHING)
            home.outbox.deliver([routed(one.event, "payments") for one in found])
            return found

        self.both(recover)

    @rule(event_id=IDS, decision=st.sampled_from(["defer", "fail", "reopen", "replay"]), pause=SPANS)
    def decide(self, event_id: str, decision: str, pause: timedelta) -> None:
        """The final state of one event."""
        if decision == "reopen":
            self.both(lambda home: home.events.reopen(event_id))
        elif decision == "replay":
            self.both(lambda home: home.replays.reopen([event_id, IDS_IN_ORDER[0]], MARK))
        elif decision == "fail":
            self.both(lambda home: home.outbox.fail(event_id, reason="broken"))
        else:
            self.both(lambda home: home.put_off(event_id, until=home.clock.steady() + pause, reason="busy"))

    @rule(duration=SPANS)
    def advance(self, duration: timedelta) -> None:
        """Time passes."""
        self.both(lambda home: home.clock.advance(duration))

    @rule(ahead=st.sampled_from([timedelta(), -SECOND, SECOND]))
    def outlive(self, ahead: timedelta) -> None:
        """Every message is consumed, and events reach the end of their time."""

        def outlive(home: Home) -> None:
            for queue in ALL_QUEUES:
                taken = home.queues.receive(queue, max_messages=EVERYTHING)
                home.queues.delete(queue, [one.receipt for one in taken])
            home.clock.advance(EVENT_RETENTION + ahead)

        self.both(outlive)

    @rule()
    def restart(self) -> None:
        """The process ends, and another one continues a little later."""
        self.advance(SECOND)
        self.model, self.real = self.model.restart(), self.real.restart()

    @rule(limit=st.integers(0, 2), before=st.none() | IDS, status=st.none() | st.sampled_from(Status))
    def look(self, limit: int, before: str | None, status: Status | None) -> None:
        """Part of what there is."""
        self.both(lambda home: _known(home.events.find(EventFilter(status=status), limit=limit, before=before)))
        now = self.model.clock.now()
        span = EventFilter(status=status, since=now - SECOND, until=now + SECOND)
        self.both(lambda home: _known(home.events.find(span, limit=limit, before=before)))
        self.both(lambda home: _known(home.replays.select(span, limit=EVERYTHING, replay_id="r1").events))

    @invariant()
    def everything_in_sight_agrees(self) -> None:
        """All that the ports show of events and outbox, and the messages on the queues."""
        self.both(lambda home: _known(home.events.find(EventFilter(), limit=EVERYTHING)))
        self.both(lambda home: _known(home.events.get(event(name).id) for name in NAMES))
        self.both(lambda home: home.events.count())
        self.both(lambda home: home.outbox.oldest())
        self.both(lambda home: [home.standing(queue) for queue in ALL_QUEUES])


def _known(events: Iterable[StoredEvent | None]) -> list[StoredEvent | None]:
    """What both homes know of events: only the one on AWS writes down when and where messages were put."""
    return [one and replace(one, put=None) for one in events]


def attempt(act: Callable[[Home], T], home: Home) -> T | Fault:
    """The result of ``act``, or the code of its fault."""
    try:
        return act(home)
    except HooklineError as fault:
        return fault.code


AwsModel.TestCase.settings = settings(
    max_examples=10,
    stateful_step_count=15,
    deadline=None,
    phases=(
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
        Phase.shrink,
    ),  # to explain takes minutes, each step being many calls
)
TestAwsModel = AwsModel.TestCase
