"""Putting dead letters back: which ones, how many, and what the audit log says of it."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, EVENT_RETENTION, PAYMENTS, QUEUES, START, event, message, routed
from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.dead_letters import MemoryDeadLetters
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.move_tasks import MemoryMoveTasks
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.routed_store import MemoryRoutedStore
from hookline.adapters.memory.state import MemoryState
from hookline.domain.message import message_of
from hookline.errors import OperatorError, PatternError, UnavailableError
from hookline.pipeline.audited import Run
from hookline.pipeline.forward_request import whole_text
from hookline.pipeline.queue_changes import move_all, purge
from hookline.pipeline.redrive import Redrive, RedriveRequest
from hookline.pipeline.where import read_message_where

if TYPE_CHECKING:
    from hookline.domain.event import Event
    from hookline.domain.message import Message

RUN = Run(id="r1", actor="ann@desk", at=START, reason="the ledger works again")


class World:
    """A memory backend with dead letters."""

    def __init__(self, *, moves: bool = False) -> None:
        self.state = MemoryState(MemoryClock(START), QUEUES, EVENT_RETENTION)
        self.queues = MemoryQueues(self.state)
        self.audit = MemoryAuditLog(self.state)
        self.events = MemoryEventStore(self.state)
        self.moves = MemoryMoveTasks(self.state)
        self.redrive = Redrive(
            letters=MemoryDeadLetters(self.state),
            depth=self.queues.depth,
            audit=self.audit,
            text_of=partial(whole_text, self.events),
            moves=self.moves if moves else None,
        )

    def bury(self, *messages: Message) -> None:
        """Make dead letters of these."""
        self.queues.send("payments", messages)
        for _ in range(PAYMENTS.max_receives + 1):
            self.queues.receive("payments", max_messages=100, visibility_timeout=timedelta())

    def standing(self, queue: str) -> list[str]:
        """The event ids there."""
        return [one.event_id for one in self.queues.peek(queue, limit=100)]


def paid(name: str, amount: str = "1", type_: str = "payment") -> Event:
    """An event of so much."""
    return event(name, f'{{"amount":{amount}}}'.encode(), type=type_)


def asked(
    queue: str = "payments", *, most: int | None = None, where: str | None = None, rate: float | None = None
) -> RedriveRequest:
    """A request in an operator's words."""
    return RedriveRequest.of(queue, most=most, where=where, rate=rate)


def test_the_plan_says_how_many_would_go_and_changes_nothing() -> None:
    """An operator reads it before anything moves."""
    world = World()
    world.bury(message("a"), message("b"), message("c"))
    world.queues.receive(DLQ)

    everything, two = world.redrive.plan(asked()), world.redrive.plan(asked(DLQ, most=1))

    assert (everything.there, everything.in_flight, everything.matched) == (2, 1, 2)
    assert two.matched == 1
    assert len(world.standing(DLQ)) == 3
    assert world.audit.newest(limit=1) == []


def test_a_pattern_chooses_by_the_message() -> None:
    """Only messages that the fixed consumer can handle now go back."""
    world = World()
    world.bury(*map(message_of, (paid("a", "5"), paid("b", "50"), paid("c", "500", "refund"))))
    where = asked(where='{"data": {"amount": [{"numeric": [">", 10]}]}}')

    plan = world.redrive.plan(where)
    list(world.redrive.run(where, RUN))

    assert (plan.there, plan.matched, plan.types) == (3, 2, {"payment": 1, "refund": 1})
    assert [one.event_id for one in plan.sample] == [paid("b").id, paid("c").id]
    assert world.standing("payments") == [paid("b").id, paid("c").id]
    assert world.standing(DLQ) == [paid("a").id]


def test_a_pattern_over_data_reads_a_body_that_the_message_only_names() -> None:
    """A large body is stored elsewhere; it is the event's body anyway."""
    world = World()
    large = paid("large", "50")
    batch = MemoryRoutedStore(world.state).stage([routed(large)])
    assert batch is not None
    batch.commit()
    world.bury(message_of(large, "s3://bucket/large"), message_of(paid("gone", "50"), "s3://bucket/gone"))
    list(world.redrive.run(asked(where='{"data": {"amount": [50]}}'), RUN))
    assert world.standing("payments") == [large.id]


@pytest.mark.parametrize(
    ("body", "matches"),
    [
        ('{"specversion":"1.0","datacontenttype":"application/json","data_base64":"eyJhIjoxfQ=="}', True),
        ('{"specversion":"1.0","datacontenttype":"text/plain","data_base64":"eyJhIjoxfQ=="}', False),
        ('{"specversion":"1.0","datacontenttype":"application/json","data_base64":"?"}', False),
        ('{"data":{"a":1}}', False),
        ("plain text", False),
        ("[1]", False),
    ],
)
def test_only_a_cloud_event_matches(body: str, matches: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """A queue may hold a message of any text, and it never breaks the command."""
    assert read_message_where('{"data": {"a": [1]}}')(body) is matches


def test_a_wrong_pattern_is_refused_before_anything_is_looked_at() -> None:
    """A misspelt pattern must not move a message."""
    with pytest.raises(PatternError):
        asked(where='{"amont": [1]}')


def test_at_most_this_many_go_back_the_oldest_first() -> None:
    """An operator first moves one message, and the others when it was processed."""
    world = World()
    world.bury(*(message(name) for name in "abcde"))
    steps = [at.moved for at in world.redrive.run(asked(most=3), RUN, at_once=2)]
    assert steps == [2, 3]
    assert world.standing("payments") == [message(name).event_id for name in "abc"]


def test_at_most_this_many_of_those_that_match() -> None:
    """The bound counts the messages that go back, not those that were looked at."""
    world = World()
    world.bury(*map(message_of, (paid("a"), paid("b", type_="refund"), paid("c"), paid("d"))))
    list(world.redrive.run(asked(most=2, where='{"type": ["payment"]}'), RUN, at_once=1))
    assert world.standing("payments") == [paid("a").id, paid("c").id]


def test_the_audit_log_says_who_why_and_how_many() -> None:
    """This holds also for a redrive that was stopped in the middle."""
    world = World()
    world.bury(*(message(name) for name in "abcd"))
    with closing(world.redrive.run(asked(most=3, where='{"specversion": [{"exists": false}]}'), RUN, at_once=2)) as run:
        next(run)
        (begun,) = world.audit.newest(limit=2)
    (entry,) = world.audit.newest(limit=2)
    assert begun.affected is None
    assert (entry.id, entry.action, entry.subject, entry.actor) == ("r1", "redrive", DLQ, "ann@desk")
    assert (entry.reason, entry.affected) == (RUN.reason, 2)
    assert entry.details == {"to": "payments", "max": "3", "where": '{"specversion": [{"exists": false}]}'}


def test_what_cannot_be_audited_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """An action that nobody could account for must not begin."""
    world = World()
    world.bury(message("a"))

    def refuse(_entry: object) -> None:
        raise UnavailableError("storage_unavailable", "away")

    monkeypatch.setattr(world.audit, "write", refuse)
    with pytest.raises(UnavailableError):
        list(world.redrive.run(asked(), RUN))
    with pytest.raises(UnavailableError):
        purge(world.queues, world.audit, DLQ, RUN)
    assert world.standing(DLQ) == [message("a").event_id]


def test_a_service_that_moves_messages_itself_is_left_to_do_so() -> None:
    """It is faster than any client, and continues when the client ends."""
    world = World(moves=True)
    world.bury(*(message(name) for name in "abc"))
    run = world.redrive.run(asked(rate=7), RUN)
    first = next(run)
    (task,) = world.moves.running()
    world.moves.advance(task, limit=2)
    second = next(run)
    world.moves.advance(task, limit=2)
    rest = list(run)
    assert task.rate == 7
    assert [one.moved for one in (first, second, *rest)] == [0, 2, 3]
    assert first.is_asked
    assert world.audit.newest(limit=1)[0].affected == 3


def test_two_moves_of_one_queue_at_a_time_are_refused() -> None:
    """The second operator learns that a move is already running."""
    world = World(moves=True)
    world.bury(message("a"))
    world.moves.start(DLQ)
    with pytest.raises(OperatorError) as caught:
        list(world.redrive.run(asked(), RUN))
    assert caught.value.code == "move_running"


def test_who_stops_listening_cancels_the_move() -> None:
    """A user who presses Ctrl-C wants no further message moved."""
    world = World(moves=True)
    world.bury(message("a"))
    with closing(world.redrive.run(asked(), RUN)) as run:
        next(run)
    assert world.moves.running() == []


@pytest.mark.parametrize("request_", [asked(most=1), asked(where='{"type": ["payment"]}'), asked(rate=0.5)])
def test_what_a_service_cannot_bound_is_done_letter_by_letter(request_: RedriveRequest) -> None:
    """A move task takes everything, and at least one message a second."""
    world = World(moves=True)
    world.bury(message_of(paid("a")))
    list(world.redrive.run(request_, RUN))
    assert world.standing("payments") == [paid("a").id]
    assert world.moves.newest(DLQ, limit=1) == []


def test_a_purge_is_counted_and_kept_in_the_audit_log() -> None:
    """Purged messages cannot come back: the log has their number, the person and the reason."""
    world = World()
    world.bury(message("a"), message("b"))
    assert purge(world.queues, world.audit, DLQ, RUN) == 2
    (entry,) = world.audit.newest(limit=1)
    assert (entry.action, entry.subject, entry.affected, entry.reason) == ("purge", DLQ, 2, RUN.reason)
    assert world.standing(DLQ) == []


def test_a_move_is_kept_in_the_audit_log() -> None:
    """A client's move over the SQS API has the same entry."""
    world = World()
    world.queues.send("payments", [message("a"), message("b")])
    assert move_all(world.queues, world.audit, "payments", "refunds", RUN) == 2
    (entry,) = world.audit.newest(limit=1)
    assert (entry.action, entry.subject, entry.affected, entry.details) == ("move", "payments", 2, {"to": "refunds"})
