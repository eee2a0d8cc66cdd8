"""Erasures: the plan, what is refused, what is left, and how an erasure continues after a kill."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.erasures import MemoryErasures
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.outbox import MemoryOutbox
from hookline.adapters.memory.quarantine import MemoryQuarantine
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.state import MemoryState
from hookline.domain.erasure import is_erased
from hookline.domain.event import Status
from hookline.domain.message import Message
from hookline.domain.quarantine import QuarantineBounds, RejectedRequest
from hookline.domain.queue import UNROUTED, Queue
from hookline.domain.route import RoutedEvent
from hookline.errors import OperatorError, PatternError
from hookline.pipeline.audited import Run
from hookline.pipeline.erasure import Erasure, ErasureRequest
from hookline.pipeline.erasure_documents import erased_lines, erasure_fields
from hookline.pipeline.unreachable import ON_AWS, ON_THIS_MACHINE
from unit.builders import NOW, event, request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.event import Event
    from hookline.pipeline.erasure import ErasurePlan, ErasureResult
    from hookline.ports.erasures import EraseResult, ToErase

QUEUES = [Queue(name="payments"), Queue(name=UNROUTED)]
ANN = '{"data": {"email": ["ann@example.com"]}}'
RUN = Run(id="x1", actor="bob@desk", at=NOW, reason="request 17")


def of(name: str, email: str, **more: object) -> Event:
    """An event about the person with this address."""
    body = json.dumps({"email": email, **more}).encode()
    return replace(event(), id=f"transactions:{name}", body=body, body_sha256=hashlib.sha256(body).digest())


class Place:
    """A home in memory, with two events about Ann and one about Bob."""

    def __init__(self) -> None:
        self.state = MemoryState(MemoryClock(NOW), QUEUES, timedelta(days=30))
        self.events, self.outbox = MemoryEventStore(self.state), MemoryOutbox(self.state)
        self.queues, self.audit = MemoryQueues(self.state), MemoryAuditLog(self.state)
        self.quarantine = MemoryQuarantine(self.state, QuarantineBounds())
        self.deliver(of("a1", "ann@example.com"), of("b1", "bob@example.com"), of("a2", "ann@example.com"))

    def deliver(self, *events: Event) -> None:
        """Events that are on a queue."""
        for one in events:
            self.events.add([one])
            self.outbox.deliver([RoutedEvent(event=one, queues=("payments",))])

    def erasure(self, erasures: MemoryErasures | None = None) -> Erasure:
        """Erasures of this home."""
        mine = erasures or MemoryErasures(self.state)
        return Erasure(
            erasures=mine,
            cleaning=mine,
            quarantine=self.quarantine,
            audit=self.audit,
            unreachable=("the moon",),
        )

    def erase(self, where: str = ANN, **allowed: bool) -> tuple[ErasurePlan, ErasureResult]:
        """Plan it and do it."""
        asked, erasure = ErasureRequest(where=where, **allowed), self.erasure()
        plan = erasure.plan(asked)
        return plan, erasure.run(asked, plan, RUN)

    def erased(self) -> list[str]:
        """The names of the tombstones."""
        return [
            kept.stored.event.id.partition(":")[2]
            for kept in self.state.events.values()
            if is_erased(kept.stored.event)
        ]

    def rejected(self, body: bytes, source: str = "transactions") -> None:
        """A request in the quarantine."""
        self.quarantine.keep([RejectedRequest(source=source, code="signature_mismatch", request=request(body))])


def test_a_plan_counts_and_names_what_would_go_and_changes_nothing() -> None:
    """A person has to see what an irreversible command means."""
    home = Place()
    home.rejected(b'{"email": "ann@example.com"}')

    plan = home.erasure().plan(ErasureRequest(where=ANN))

    assert (plan.looked_at, plan.events, plan.rejected) == (3, 2, 1)
    assert plan.ids == ("transactions:a1", "transactions:a2")
    assert plan.statuses == {"routed": 2}
    assert plan.messages == {"payments": 2}
    assert home.erased() == []
    assert ("cannot reach", "the moon") in erasure_fields(plan, home.erasure().unreachable)


def test_only_what_the_pattern_matches_is_erased_and_its_messages_go() -> None:
    """Other people's events do not change."""
    home = Place()

    _, done = home.erase()

    assert (done.events, done.messages, done.left_out) == (2, 2, ())
    assert home.erased() == ["a1", "a2"]
    assert [one.event_id for one in home.queues.peek("payments", limit=10)] == ["transactions:b1"]


def test_rejected_requests_go_that_say_the_same() -> None:
    """Nobody verified them, but they contain the person's data too; what is no JSON has no fields to compare."""
    home = Place()
    home.rejected(b'{"email": "ann@example.com"}')
    home.rejected(b'{"email": "bob@example.com"}')
    home.rejected(b"email=ann@example.com")

    _, done = home.erase()

    assert done.rejected == 1
    assert len(home.quarantine.ids()) == 2


def test_messages_that_clients_sent_go_by_their_text_or_their_event() -> None:
    """A client that moves messages itself sends the text that it received."""
    home = Place()
    text = json.dumps({"specversion": "1.0", "id": "other:1", "data": {"email": "ann@example.com"}})
    home.queues.send("payments", [Message(event_id="other:1", body=text, attributes={})])
    home.queues.send("payments", [Message(event_id="transactions:a1", body="about a1", attributes={})])
    home.queues.send("payments", [Message(event_id="transactions:b1", body="about b1", attributes={})])

    plan, done = home.erase()

    assert plan.texts == 2
    assert done.messages == 4
    assert [one.event_id for one in home.queues.peek("payments", limit=10)] == ["transactions:b1", "transactions:b1"]


def test_events_that_nobody_has_got_yet_are_refused_by_name() -> None:
    """An erasure must not lose an acknowledged event unless the operator asks for that."""
    home = Place()
    home.events.add([of("waits", "ann@example.com"), of("fails", "ann@example.com")])
    home.outbox.fail("transactions:fails", reason="no such queue")

    with pytest.raises(OperatorError) as refused:
        home.erase()

    assert refused.value.code == "events_undelivered"
    assert "transactions:waits" in refused.value.detail
    assert "transactions:fails" in refused.value.detail
    assert home.erased() == []
    assert home.audit.newest(limit=1) == []


def test_undelivered_events_are_erased_where_that_is_said() -> None:
    """The law may give erasure priority over delivery."""
    home = Place()
    home.events.add([of("waits", "ann@example.com")])

    _, done = home.erase(undelivered=True)

    assert done.events == 3
    assert [event.status for event in (one.event for one in [home.events.get("transactions:waits")] if one)] == [
        Status.UNMATCHED
    ]


@pytest.mark.parametrize(
    "everything", ["{}", '{"data": {"nothing": [{"exists": false}]}}', '{"source": [{"prefix": "hookline"}]}']
)
def test_a_pattern_that_every_event_matches_needs_a_word_more(everything: str) -> None:
    """A slip in a pattern must not empty the store."""
    home = Place()

    with pytest.raises(OperatorError) as refused:
        home.erase(everything)

    assert refused.value.code in ("erasure_of_everything", "pattern_invalid")
    assert home.erased() == []


def test_everything_can_be_erased_on_demand() -> None:
    """A test environment, for example, is emptied before other people get it."""
    home = Place()

    _, done = home.erase('{"source": [{"prefix": "hookline"}]}', everything=True)

    assert done.events == 3


@pytest.mark.parametrize("where", ["", "ann", "[]", '{"nobody": ["x"]}', "[" * 100_000, '{"data": {"a": "b"}}'])
def test_what_is_no_pattern_is_refused_before_anything_is_looked_at(where: str) -> None:
    """The text may come from a form or the network."""
    with pytest.raises(PatternError):
        Place().erasure().plan(ErasureRequest(where=where))


def test_the_audit_log_has_who_why_and_how_many_and_no_pattern() -> None:
    """A pattern is a person's data: the log keeps a digest of it, by which one can prove what was asked for."""
    home = Place()

    home.erase()

    (entry,) = home.audit.newest(limit=1)
    pattern = '{"data":{"email":["ann@example.com"]}}'
    assert (entry.action, entry.actor, entry.reason, entry.affected) == ("erase", "bob@desk", "request 17", 4)
    assert "ann" not in repr(entry)
    assert entry.details["pattern_sha256"] == hashlib.sha256(f"x1\n{pattern}".encode()).hexdigest()
    assert entry.details["events"] == "2"


def test_second_bodies_of_somebody_else_go_without_the_event() -> None:
    """A sender that uses ids twice puts another person's data under one."""
    home = Place()
    home.events.add([of("b1", "ann@example.com")])

    plan, done = home.erase()

    kept = home.events.get("transactions:b1")
    assert (plan.second_bodies, done.second_bodies, done.events) == (1, 1, 2)
    assert kept is not None
    assert not is_erased(kept.event)
    assert [second.body for second in kept.set_aside] == [b""]


class Killed(MemoryErasures):
    """Dies after a page."""

    def erase(self, chosen: Sequence[ToErase], *, erasure: str, undelivered: bool) -> list[EraseResult]:
        """As the port, once."""
        super().erase(chosen[:1], erasure=erasure, undelivered=undelivered)
        raise KeyboardInterrupt


def test_a_killed_erasure_is_finished_by_the_same_request() -> None:
    """Nothing has to be kept of it: what is erased no longer matches, and the log shows that the first run did not end."""
    home = Place()
    asked = ErasureRequest(where=ANN)
    killed = home.erasure(Killed(home.state))
    with pytest.raises(KeyboardInterrupt):
        killed.run(asked, killed.plan(asked), replace(RUN, id="x0"))
    assert home.erased() == ["a1"]

    _, done = home.erase()

    assert (done.events, home.erased()) == (1, ["a1", "a2"])
    assert [one.id for one in home.audit.newest(limit=5)] == ["x1", "x0"]


class Changed(MemoryErasures):
    """Somebody replays an event between the look and the erasure."""

    def erase(self, chosen: Sequence[ToErase], *, erasure: str, undelivered: bool) -> list[EraseResult]:
        """As the port."""
        MemoryEventStore(self._state).reopen("transactions:a1")
        return super().erase(chosen, erasure=erasure, undelivered=undelivered)


def test_messages_that_name_an_erased_event_go_also_after_a_kill() -> None:
    """The tombstone no longer matches the pattern, so a later run could not find the message."""
    home = Place()
    home.queues.send("payments", [Message(event_id="transactions:a1", body="Dear Ann", attributes={})])
    asked = ErasureRequest(where=ANN)
    killed = home.erasure(Killed(home.state))
    with pytest.raises(KeyboardInterrupt):
        killed.run(asked, killed.plan(asked), replace(RUN, id="x0"))

    home.erase()

    left = home.queues.receive("payments", max_messages=10)
    assert home.erased() == ["a1", "a2"]
    assert [one.event_id for one in left] == ["transactions:b1"]


@pytest.mark.parametrize(
    ("content_type", "first", "second"),
    [
        ("application/json", b'{"email": "bob@example.com"}', b"email=ann%40example.com"),
        ("application/json", b"email=ann%40example.com", b'{"email": "ann@example.com"}'),
        ("application/x-www-form-urlencoded", b"email=ann%40example.com", b'{"email": "ann@example.com"}'),
    ],
)
def test_bodies_of_another_kind_than_their_event_says_stop_nothing(
    content_type: str, first: bytes, second: bytes
) -> None:
    """The media type of a second body is not stored, and a damaged body is no JSON any more."""
    home = Place()
    for body in (first, second):
        one = replace(of("c1", ""), body=body, body_sha256=hashlib.sha256(body).digest(), content_type=content_type)
        home.events.add([one])

    _, done = home.erase()

    kept = home.events.get("transactions:c1")
    assert kept is not None
    assert (done.events, done.second_bodies) == (2, int(b"@" in second))
    assert kept.event.body == first


def test_an_event_that_is_replayed_meanwhile_is_left_and_named() -> None:
    """The event is on the way to its queues, and would be lost if it were erased now."""
    home = Place()
    asked, erasure = ErasureRequest(where=ANN), home.erasure(Changed(home.state))

    done = erasure.run(asked, erasure.plan(asked), RUN)

    assert (done.left_out, done.is_whole, home.erased()) == (("transactions:a1",), False, ["a2"])
    assert any("transactions:a1" in line for line in erased_lines(done))


def test_tombstones_are_counted_apart_and_their_late_messages_go() -> None:
    """A pattern over ids also fits tombstones."""
    home = Place()
    home.erase()
    home.queues.send("payments", [Message(event_id="transactions:a1", body="late", attributes={})])

    plan, done = home.erase('{"id": ["transactions:a1"]}')

    assert (plan.events, plan.erased_before, plan.texts, done.messages) == (0, 1, 1, 1)


@pytest.mark.parametrize("sentence", sorted({*ON_THIS_MACHINE, *ON_AWS}))
def test_what_cannot_be_reached_is_in_the_how_to(sentence: str) -> None:
    """A person who answers a request for deletion reads the how-to first."""
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "erase-personal-data.md").read_text()

    assert f"- {sentence}\n" in page
