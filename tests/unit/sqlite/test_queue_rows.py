"""Messages as rows: rendered from their events when somebody looks, and opened only by their receipts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contract.builders import event, message, routed
from hookline.adapters.sqlite import SqliteQueues, SqliteRoutedStore
from hookline.domain.message import message_of
from hookline.ports.queues import ReceiptResult
from unit.sqlite.files import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hookline.adapters.sqlite import Database

RECEIPTS = st.one_of(
    st.text(),
    st.from_regex(r"[0-9]{1,30}-[0-9a-f]{1,40}", fullmatch=True),
    st.from_regex(r"1-[0-9a-f]{1,15}\s?", fullmatch=True),
    st.builds(lambda number: f"1-{number:x}", st.integers(0, 2**60 - 1)),
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with one message in flight, and one that was never received."""
    with opened(tmp_path_factory.mktemp("queues") / "hookline.db") as database:
        queues = SqliteQueues(database)
        queues.send("payments", [message("in_flight"), message("never_received")])
        queues.receive("payments", visibility_timeout=timedelta(hours=1))
        yield database


@pytest.fixture
def queues(tmp_path: Path) -> Iterator[SqliteQueues]:
    """Queues of a new database, with one event on two of them."""
    with opened(tmp_path / "hookline.db") as database:
        batch = SqliteRoutedStore(database).stage(
            [routed(event(body=b'{"amount": 1.10,  "odd": "\\u00e9\xc3\xa9"}'), "payments", "refunds")]
        )
        assert batch is not None
        batch.commit()
        yield SqliteQueues(database)


def test_a_message_is_its_event_in_the_senders_own_words(queues: SqliteQueues) -> None:
    """Promise 5: the body is stored once and embedded as text, on every queue alike."""
    expected = message_of(event(body=b'{"amount": 1.10,  "odd": "\\u00e9\xc3\xa9"}'))

    for queue in ("payments", "refunds"):
        (seen,) = queues.peek(queue)
        (taken,) = queues.receive(queue)

        assert (seen.body, seen.attributes, seen.event_id) == (expected.body, expected.attributes, expected.event_id)
        assert (taken.body, taken.attributes, taken.event_id) == (expected.body, expected.attributes, expected.event_id)
        assert '{"amount": 1.10,  "odd": "\\u00e9é"}' in taken.body


def test_message_ids_have_the_form_that_clients_expect_and_are_never_used_twice(queues: SqliteQueues) -> None:
    """Consumers may remember which ids they have processed."""
    (first,) = queues.receive("payments")
    queues.delete("payments", [first.receipt])

    (second,) = queues.send("payments", [message()])

    form = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(form, first.message_id)
    assert re.fullmatch(form, second.message_id)
    assert second.message_id != first.message_id


def test_each_receive_has_a_receipt_of_its_own(queues: SqliteQueues) -> None:
    """A slow consumer must not delete a message that another is processing."""
    (first,) = queues.receive("payments", visibility_timeout=timedelta())
    (second,) = queues.receive("payments")

    answers = queues.delete("payments", [first.receipt, second.receipt, second.receipt])

    assert answers == [ReceiptResult.GONE, ReceiptResult.DONE, ReceiptResult.GONE]


def test_a_receipt_opens_nothing_on_another_queue(queues: SqliteQueues) -> None:
    """Queue urls are easily mixed up; the message would not be the one that was meant."""
    (taken,) = queues.receive("payments")

    answers = queues.delete("refunds", [taken.receipt])

    assert answers == [ReceiptResult.UNKNOWN]
    assert queues.depth("payments").in_flight == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(receipts=st.lists(RECEIPTS, min_size=1, max_size=10))
@example(receipts=["", "-", "1-", "-1", "1", "0-0", "01-1", "1-0x1", "1-ABC", "-1--1", "1-1\n", "\ud800", "1\x00-1"])
@example(
    receipts=["9" * 18 + "-" + "f" * 15, "9" * 19 + "-1", "1-" + "f" * 16, "2-0", "\uff11-1", "1-\uff11", "\u0663-1"]
)
@example(receipts=["1' OR 1=1 --", "1-1' OR '1'='1"])
def test_no_made_up_receipt_opens_anything(database: Database, receipts: list[str]) -> None:
    """Receipts come from outside. One that fits nothing is answered so: it raises nothing, and changes nobody's message."""
    queues = SqliteQueues(database)

    deleted = queues.delete("payments", receipts)
    extended = queues.extend("payments", receipts, visibility_timeout=timedelta(hours=2))

    assert deleted == extended == [ReceiptResult.UNKNOWN] * len(receipts)
    assert queues.depth("payments").visible == 1
    assert queues.depth("payments").in_flight == 1
