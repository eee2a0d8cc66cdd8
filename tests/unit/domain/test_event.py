"""An accepted fact, the states it goes through, and what of the domain may be printed."""

from __future__ import annotations

import pytest

from hookline.domain.event import TRANSITIONS, Outcome, Status
from hookline.domain.queue import UNROUTED, Queue
from hookline.domain.secret import Secret
from hookline.pipeline.identify import event_id
from unit.builders import event


def test_every_status_is_in_the_table() -> None:
    """No event could ever leave a status without a row."""
    assert set(TRANSITIONS) == set(Status)
    assert {after for following in TRANSITIONS.values() for after in following} == set(Status)


def test_routing_goes_forward_and_only_replay_goes_back() -> None:
    """This is the table of the design: nothing moves between two ends without going through the outbox."""
    assert TRANSITIONS[Status.RECEIVED] == {Status.ROUTED, Status.UNMATCHED, Status.FAILED}
    for end in (Status.ROUTED, Status.UNMATCHED, Status.FAILED):
        assert TRANSITIONS[end] == {Status.RECEIVED}


def test_the_table_cannot_be_changed() -> None:
    """Every part of the system reads the same table."""
    with pytest.raises(TypeError):
        TRANSITIONS[Status.FAILED] = frozenset()  # type: ignore[index]  # what is tested


def test_words_are_the_ones_of_tables_and_logs() -> None:
    """One word per idea, the same in code, tables, the command line and logs: a renamed one orphans stored events."""
    assert [str(status) for status in Status] == ["received", "routed", "unmatched", "failed"]
    assert [str(outcome) for outcome in Outcome] == ["new", "duplicate", "conflict", "repeated", "reused"]
    assert (UNROUTED, Queue(name="payments").dead_letter_name) == ("unrouted", "payments-dlq")


def test_an_event_id_is_the_source_and_the_delivery_id() -> None:
    """Readable, and the dedupe key: changed, every redelivery would be a new event."""
    assert event_id("transactions", "evt:1") == "transactions:evt:1"


def test_an_event_has_no_fields_to_change_or_to_add() -> None:
    """Records are shared between threads, the store and the router."""
    accepted = event()

    with pytest.raises(AttributeError):
        accepted.type = "refund"  # type: ignore[misc]  # what is tested
    assert not hasattr(accepted, "__dict__")


def test_reprs_show_neither_bodies_nor_secrets() -> None:
    """In the end an event is in a traceback or a log, and with it whatever its repr shows."""
    assert repr(event(b"private")) == "Event(transactions:evt_1, payment, received, 7 bytes)"
    assert repr(Secret(name="A_SECRET", value=b"private")) == "Secret(A_SECRET)"
    assert "private" not in f"{Secret(name='A', value=b'private')!s} {[Secret(name='A', value=b'private')]}"
