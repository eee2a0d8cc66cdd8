"""SQLite does what memory does, whatever is done to both and in whatever order."""

from __future__ import annotations

import os
import re
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from contract.builders import ORDERS, QUEUES, event, grouped, message, routed, waiting
from contract.homes import LOCAL_OPENERS
from effort import examples
from hookline.adapters.sqlite import waiting_counts
from hookline.domain.claim import Claim, ClaimKind, IfRepeated, claim_key
from hookline.domain.event import Status
from hookline.domain.message import Message, TypedValue
from hookline.domain.replay import ReplayMark
from hookline.errors import HooklineError
from hookline.ports.erasures import ToErase
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hypothesis.stateful import MultipleResults

    from contract.homes import LocalHome
    from hookline.domain.event import Event, Outcome
    from hookline.domain.fifo import FifoPosition
    from hookline.domain.message import Delivery
    from hookline.domain.queue import Queue
    from hookline.domain.route import RoutedEvent
    from hookline.ports.erasures import EraseResult
    from hookline.ports.event_store import StoredEvent
    from hookline.ports.routed_store import Batch

T = TypeVar("T")

NAMES = ("a", "b", "c", "d", "e")
ALL_QUEUES = tuple(name for queue in (*QUEUES, ORDERS) for name in (queue.name, queue.dead_letter_name))
EVERYTHING = 1000
IN_MEMORY = next((one for one in ["/dev/shm"] if os.access(one, os.W_OK)), None)  # noqa: S108 -- a folder of its own is made there
"""A folder where a sync costs nothing: a run has thousands, and no power cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An event that is about to come: ``age`` is how long before now it was received."""

    name: str
    body: bytes
    age: timedelta
    type: str
    status: Status
    queues: tuple[str, ...]
    group: str | None
    claims: tuple[ClaimKind, ...]
    claimed_for: timedelta
    if_repeated: IfRepeated

    def event(self, home: LocalHome) -> Event:
        """The event by the home's own time of day."""
        received_at = home.clock.now() - self.age
        given = event(self.name, self.body, received_at=received_at, type=self.type, status=self.status)
        values = {
            ClaimKind.KNOWN: given.id.encode(),
            ClaimKind.SIGNED: self.type.encode(),
            ClaimKind.BODY: given.body_sha256,
        }
        return replace(given, claims=tuple(self.claim(kind, values[kind], received_at) for kind in self.claims))

    def claim(self, kind: ClaimKind, value: bytes, received_at: datetime) -> Claim:
        """One of its claims."""
        return Claim(
            kind=kind,
            key=claim_key(kind, "transactions", value),
            until=received_at + self.claimed_for,
            if_repeated=self.if_repeated,
        )

    def routed(self, home: LocalHome) -> RoutedEvent:
        """The event and where it goes."""
        known = replace(self.event(home), status=Status.RECEIVED)
        groups = None if self.group is None else {ORDERS.name: self.group}
        return replace(routed(known, *self.queues), groups=groups) if self.queues else waiting(known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What either home returned for the same receive of the same message."""

    queue: str
    model: str
    real: str


Fault: TypeAlias = str
"""The code of an error."""

NOT_FOUND: Fault = "not_found"

SECONDS = st.sampled_from([0, 0.000001, 1, 29.999999, 30, 60, 60, 3600, 12 * 3600])
SPANS = SECONDS.map(lambda seconds: timedelta(seconds=seconds))
"""Spans up to twelve hours, which is the longest visibility timeout of SQS."""

LONGEST_DELAY = timedelta(minutes=15)
DAYS = st.sampled_from([1, 3, 4, 7, 30]).map(lambda days: timedelta(days=days))
PAUSES = st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds))
"""The time between two attempts to route an event; after a file is opened, a longer one counts as the effect of a wrong clock."""
JUMPS = st.one_of(SPANS, SPANS, DAYS)
ONE_OF_ALL = st.sampled_from(ALL_QUEUES)
BUSY = st.sampled_from(
    ["payments"] * 7 + ["orders"] * 7 + ["payments-dlq", "orders-dlq"] * 2 + ["refunds", "unrouted-dlq", "nowhere"]
)
TARGETS = st.sampled_from(
    [("payments",)] * 4 + [("orders",)] * 3 + [(), (), ("payments", "refunds", "orders"), ("unrouted",), ("nowhere",)]
)
GROUPS = st.sampled_from(["g", "g", "h"])
LIMITS = st.integers(0, 3) | st.just(EVERYTHING)
IDS_IN_ORDER = [event(name).id for name in NAMES]
IDS = st.sampled_from(IDS_IN_ORDER)
MARK = ReplayMark(id="r1", queue="refunds")
GIVEN = st.builds(
    Given,
    name=st.sampled_from(NAMES),
    body=st.sampled_from([b"1", b"1", b"1", b"2", b"3", b"[" + b" " * 5000 + b"]"]),
    age=st.sampled_from([timedelta(), timedelta(seconds=1), timedelta(days=1)]),
    type=st.sampled_from(["payment", "refund"]),
    status=st.sampled_from([Status.RECEIVED, Status.RECEIVED, Status.ROUTED, Status.UNMATCHED]),
    queues=TARGETS,
    group=st.none() | GROUPS,
    claims=st.sampled_from(
        [(), (), (), (ClaimKind.KNOWN,), (ClaimKind.SIGNED,), (ClaimKind.BODY,), (ClaimKind.BODY, ClaimKind.SIGNED)]
    ),
    claimed_for=st.sampled_from([timedelta(minutes=10), timedelta(days=40), timedelta(days=400)]),
    if_repeated=st.sampled_from(IfRepeated),
)
SEVERAL = st.lists(GIVEN, min_size=1, max_size=4)

_MESSAGE_ID = re.compile(":[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
"""The end of the deduplication id of a text that was sent again."""


class BackendModel(RuleBasedStateMachine):
    """The same steps on memory, which is the model, and on SQLite; every answer and everything in sight must agree."""

    receipts: Bundle[Receipt] = Bundle("receipts")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        for name, few in (("_ENOUGH", 1), ("_STEP", 2)):  # so that a few messages are counted in several steps
            self.stack.enter_context(patch.object(waiting_counts, name, few))
        self.model, self.real = (
            LOCAL_OPENERS[name](Path(self.stack.enter_context(TemporaryDirectory(dir=IN_MEMORY))), self.stack)
            for name in ("memory", "sqlite")
        )
        self.declare_fifo = True
        for home in (self.model, self.real):
            home.declare((*QUEUES, ORDERS))
        self.numbers: dict[int, dict[str, int]] = {id(self.model.clock): {}, id(self.real.clock): {}}
        self.looks = cycle((self.events_agree, self.depths_agree, self.dates_agree, self.messages_agree))

    def teardown(self) -> None:
        """Look at everything once again, unless a step has failed already; close the file, and remove it."""
        with self.stack:
            if sys.exception() is None:
                self.everything_in_sight_agrees()

    def both(self, act: Callable[[LocalHome], T]) -> T | Fault:
        """The result of ``act``, which must be the same in both homes; faults by their code."""
        expected, got = attempt(act, self.model), attempt(act, self.real)
        assert got == expected
        return got

    def seen(self, home: LocalHome, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Deliveries without what each home names in its own way: ids become numbers in the order in which they came up."""
        return [
            replace(
                one,
                message_id=str(self.number(home, one.message_id)),
                receipt=one.receipt and "given",
                fifo=one.fifo and self.known_by(one.fifo),
            )
            for one in deliveries
        ]

    @staticmethod
    def known_by(position: FifoPosition) -> FifoPosition:
        """A place without what each home numbers in its own way: a dead letter that is sent again is known by its id too."""
        event_id = ":".join(position.deduplication_id.split(":")[:2])
        return replace(position, sequence_number=None, deduplication_id=_MESSAGE_ID.sub("", event_id))

    def number(self, home: LocalHome, message_id: str) -> int:
        """When this home's message came up for the first time, counted from 0."""
        numbers = self.numbers[id(home.clock)]
        return numbers.setdefault(message_id, len(numbers))

    @initialize(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=6))
    def begin_with_messages(self, names: list[str]) -> None:
        """Queues that are not empty, so that most runs have something to receive."""
        self.both(lambda home: home.keep(*(routed(event(name, b"1"), "payments", "refunds") for name in names)))
        self.send("payments", names)

    @rule(given=SEVERAL)
    def add(self, given: list[Given]) -> None:
        """Events by ``add``, the ordinary way."""
        self.both(lambda home: home.events.add([one.event(home) for one in given]))

    @rule(given=SEVERAL, ending=st.sampled_from(["commit", "commit", "commit", "rollback"]))
    def stage(self, given: list[Given], ending: str) -> None:
        """Events by ``stage``, the fast way; until the end nobody sees them, and nobody else may write."""
        batches: list[Batch] = []

        def stage(home: LocalHome) -> list[Outcome]:
            batch = home.stage(*(one.routed(home) for one in given))
            batches.append(batch)
            return list(batch.outcomes)

        if self.both(stage) == NOT_FOUND:
            return
        self.everything_in_sight_agrees()
        assert self.both(lambda home: home.routed.stage([], wait=False)) is None
        for batch in batches:
            (batch.commit if ending == "commit" else batch.rollback)()

    @rule(given=SEVERAL)
    def deliver(self, given: list[Given]) -> None:
        """Delivery of events that wait, do not wait, or were never there."""
        self.both(lambda home: home.outbox.deliver([one.routed(home) for one in given if one.queues]))

    @rule(limit=LIMITS, ahead=SPANS, queues=TARGETS)
    def recover(self, limit: int, ahead: timedelta, queues: tuple[str, ...]) -> None:
        """Delivery of what waits."""

        def recover(home: LocalHome) -> list[StoredEvent]:
            now = home.clock.steady()
            found = home.outbox.pending(received_before=now + ahead, due_at=now, limit=limit)
            home.outbox.deliver([routed(one.event, *(queues or ("payments",))) for one in found])
            return found

        self.both(recover)

    @rule(event_id=IDS, decision=st.sampled_from(["defer", "fail", "reopen", "replay"]), pause=PAUSES)
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

    @rule(event_id=IDS, undelivered=st.booleans(), whole=st.sampled_from([True, True, False]))
    def erase(self, event_id: str, undelivered: bool, whole: bool) -> None:  # noqa: FBT001 -- values that are drawn
        """Erase what is stored under this id, or its second bodies, expired or not."""

        def erase(home: LocalHome) -> list[EraseResult]:
            stored = home.erasures.events(limit=EVERYTHING).events
            chosen = [
                ToErase(
                    event_id=event_id,
                    body_sha256=one.event.body_sha256,
                    whole=whole,
                    second=tuple(second.body_sha256 for second in one.set_aside),
                )
                for one in stored
                if one.event.id == event_id
            ]
            return home.erasures.erase(chosen, erasure="x1", undelivered=undelivered)

        self.both(erase)

    @rule(name=st.sampled_from(NAMES))
    def remove_texts(self, name: str) -> None:
        """Remove what clients sent about this event, from wherever it is."""

        def remove(home: LocalHome) -> tuple[list[tuple[str, str]], int]:
            texts = [one for one in home.erasures.texts(limit=EVERYTHING).texts if one.event_id == event(name).id]
            return sorted((one.queue, one.body) for one in texts), home.erasures.remove(
                [one.message_id for one in texts]
            )

        self.both(remove)

    @rule(queue=BUSY, names=st.lists(st.sampled_from(NAMES), max_size=3))
    def send(self, queue: str, names: list[str]) -> None:
        """Messages of their own text."""

        def send(home: LocalHome) -> list[int]:
            ids = home.queues.send(queue, [message(name) for name in names])
            return [self.number(home, one.message_id) for one in ids]

        self.both(send)

    @rule(sent=st.lists(st.tuples(st.sampled_from(NAMES), GROUPS), min_size=1, max_size=4), queue=BUSY)
    def send_in_groups(self, sent: list[tuple[str, str]], queue: str) -> None:
        """Messages with a place on a FIFO queue, now and then the same one again."""

        def send(home: LocalHome) -> list[tuple[int, bool]]:
            done = home.queues.send(queue, [grouped(name, group) for name, group in sent])
            return [(self.number(home, one.message_id), one.sequence_number is None) for one in done]

        self.both(send)

    @rule(is_fifo=st.booleans())
    def change_kind(self, is_fifo: bool) -> None:  # noqa: FBT001 -- a value that is drawn
        """Somebody makes the queue FIFO, or a standard queue, with all its messages."""
        self.declare_fifo = is_fifo
        self.both(lambda home: home.declare(self.declared()))

    @rule(queue=BUSY, to=BUSY, limit=st.integers(1, 3))
    def move(self, queue: str, to: str, limit: int) -> None:
        """Somebody moves messages to another queue by hand."""
        self.both(lambda home: home.queues.movable(queue, to))
        self.both(lambda home: home.queues.move(queue, to, limit=limit))

    @rule(target=receipts, queue=BUSY, most=st.integers(1, 4), hide=st.none() | SPANS)
    def receive(self, queue: str, most: int, hide: timedelta | None) -> MultipleResults[Receipt]:
        """Messages into consumers' hands."""
        given: list[list[str]] = []

        def receive(home: LocalHome) -> list[Delivery]:
            taken = home.queues.receive(queue, max_messages=most, visibility_timeout=hide)
            given.append([one.receipt for one in taken])
            return self.seen(home, taken)

        if self.both(receive) == NOT_FOUND:
            return multiple()
        return multiple(*(Receipt(queue=queue, model=model, real=real) for model, real in zip(*given, strict=True)))

    @rule(queue=BUSY, times=st.integers(2, 4), most=st.integers(1, 4))
    def try_without_success(self, queue: str, times: int, most: int) -> None:
        """Messages that nobody can handle, on their way to the dead-letter queue."""

        def try_without_success(home: LocalHome) -> list[list[Delivery]]:
            hide = timedelta()
            takes = [home.queues.receive(queue, max_messages=most, visibility_timeout=hide) for _ in range(times)]
            return [self.seen(home, taken) for taken in takes]

        self.both(try_without_success)

    @rule(first=receipts, others=st.lists(receipts, max_size=2), queue=st.none() | st.none() | BUSY)
    def delete(self, first: Receipt, others: list[Receipt], queue: str | None) -> None:
        """Receipts of any age, now and then on another queue."""
        self.both(lambda home: home.queues.delete(queue or first.queue, self.written(home, [first, *others])))

    @rule(first=receipts, others=st.lists(receipts, max_size=2), queue=st.none() | st.none() | BUSY, hide=SPANS)
    def extend(self, first: Receipt, others: list[Receipt], queue: str | None, hide: timedelta) -> None:
        """The same, to keep or give back their messages."""
        name = queue or first.queue
        self.both(lambda home: home.queues.extend(name, self.written(home, [first, *others]), visibility_timeout=hide))

    @rule(receipt=receipts, queue=st.none() | st.none() | BUSY, reason=st.sampled_from(["timeout", "HTTP 500"]))
    def fail(self, receipt: Receipt, queue: str | None, reason: str) -> None:
        """A consumer reports why it could not handle a message."""
        name = queue or receipt.queue
        self.both(lambda home: home.queues.failed(name, *self.written(home, [receipt]), reason=reason))

    @rule(queue=BUSY, delay=SPANS)
    def send_later(self, queue: str, delay: timedelta) -> None:
        """A message that is delayed, with all that a producer can give it."""
        sent = Message(
            event_id="",
            body="later",
            attributes={
                "b": TypedValue(data_type="Binary", value=b"\x00"),
                "n": TypedValue(data_type="Number", value="1"),
            },
            system={"AWSTraceHeader": "Root=1"},
            delay=min(delay, LONGEST_DELAY),
        )
        self.both(lambda home: len(home.queues.send(queue, [sent])))

    @rule(queue=BUSY)
    def purge(self, queue: str) -> None:
        """Somebody empties a queue."""
        self.both(lambda home: home.queues.purge(queue))

    @rule(queue=BUSY, to=st.none() | st.none() | BUSY, rate=st.none() | st.just(5))
    def begin_to_move(self, queue: str, to: str | None, rate: int | None) -> None:
        """A move task of a dead-letter queue, and of a queue that has none."""
        self.both(lambda home: home.moves.start(queue, to=to, rate=rate))

    @rule(limit=st.integers(1, 3), cancel=st.booleans())
    def continue_moving(self, limit: int, cancel: bool) -> None:  # noqa: FBT001 -- a value that is drawn
        """A step of each task that runs, or its end."""

        def continue_(home: LocalHome) -> list[object]:
            running = home.moves.running()
            if cancel:
                return [home.moves.cancel(task.queue, task.id) for task in running]
            return [home.moves.advance(task, limit=limit) for task in running]

        self.both(continue_)

    @rule(duration=JUMPS)
    def advance(self, duration: timedelta) -> None:
        """Time passes."""
        self.both(lambda home: home.clock.advance(duration))

    @rule(duration=SPANS)
    def step_back(self, duration: timedelta) -> None:
        """Somebody sets the clock."""
        self.both(lambda home: home.clock.step_back(duration))

    @rule(limit=LIMITS, what=st.sampled_from(["events", "events", "messages", "claims"]))
    def sweep(self, limit: int, what: str) -> None:
        """Retention runs."""
        if what == "events":
            self.both(lambda home: home.retention.expire_events(limit=limit))
        elif what == "claims":
            for home in (self.model, self.real):
                home.retention.expire_claims(limit=limit)  # how many go differs: the model has an id from the start
        else:
            self.both(lambda home: home.retention.expire_messages(limit=limit))

    @rule()
    def keep_up(self) -> None:
        """The housekeeper runs, which nobody can see."""
        self.both(lambda home: home.upkeep())

    @rule()
    def restart(self) -> None:
        """The process ends, and another one continues. Memory outlives nothing, so it follows the file in whether the clock is in doubt."""
        self.model, self.real = self.model.restart(), self.real.restart()
        self.real.declare(self.declared())
        self.model.clock.hold(self.real.clock.held_at)

    def declared(self) -> tuple[Queue, ...]:
        """The queues as they are declared now."""
        return (*QUEUES, ORDERS if self.declare_fifo else replace(ORDERS, fifo=None))

    @rule(
        limit=LIMITS,
        before=st.none() | IDS,
        status=st.none() | st.sampled_from(Status),
        queue=ONE_OF_ALL,
        ago=st.none() | st.tuples(SPANS, SPANS),
    )
    def look(
        self, limit: int, before: str | None, status: Status | None, queue: str, ago: tuple[timedelta, timedelta] | None
    ) -> None:
        """Part of what there is."""
        wanted = EventFilter(status=status, type="payment")
        if ago is not None:
            now = self.model.clock.now()
            wanted = replace(wanted, since=now - max(ago), until=now - min(ago))
        self.both(lambda home: list(home.replays.select(wanted, limit=EVERYTHING, replay_id="r1").events))
        self.both(lambda home: home.events.find(wanted, limit=limit, before=before))
        self.both(lambda home: self.seen(home, home.queues.peek(queue, limit=limit)))

    def written(self, home: LocalHome, receipts: Sequence[Receipt]) -> list[str]:
        """The receipts as this home wrote them."""
        return [one.model if home is self.model else one.real for one in receipts]

    @invariant()
    def a_part_agrees(self) -> None:
        """A quarter of what is in sight after each step, in turn: a look at all of it costs several times what a step does."""
        next(self.looks)()

    def everything_in_sight_agrees(self) -> None:
        """All that the ports show of events, outbox and queues."""
        self.events_agree()
        self.depths_agree()
        self.dates_agree()
        self.messages_agree()

    def events_agree(self) -> None:
        """Each event, and the outbox."""
        self.both(lambda home: home.events.find(EventFilter(), limit=EVERYTHING))
        self.both(lambda home: [home.events.get(event(name).id) for name in NAMES])
        self.both(lambda home: home.events.count())
        self.both(lambda home: home.outbox.oldest())

    def depths_agree(self) -> None:
        """How many messages are where, and the move tasks."""
        self.both(lambda home: [home.queues.depth(queue) for queue in ALL_QUEUES])
        self.both(lambda home: home.moves.newest("payments-dlq", limit=EVERYTHING))

    def dates_agree(self) -> None:
        """When the queues were made and changed."""
        self.both(lambda home: [home.queues.dates(queue) for queue in ALL_QUEUES])

    def messages_agree(self) -> None:
        """Each message of each queue."""
        self.both(lambda home: [self.seen(home, home.queues.peek(queue, limit=EVERYTHING)) for queue in ALL_QUEUES])


def attempt(act: Callable[[LocalHome], T], home: LocalHome) -> T | Fault:
    """The result of ``act``, or the code of its fault."""
    try:
        return act(home)
    except HooklineError as fault:
        return fault.code


BackendModel.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=40, deadline=None)
TestBackendModel = BackendModel.TestCase
