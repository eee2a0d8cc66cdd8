"""What commands show and do on a data directory, without a command line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: JSON documents, and options

import pytest

from hookline.config.units import UnusableError
from hookline.domain.event import Status
from hookline.errors import NotFoundError, OperatorError
from hookline.pipeline.shown import Body, Lines, Table
from hookline.runtimes.direct import audit, events, pauses, queues, replay
from hookline.runtimes.opened import Where
from hookline.runtimes.talk import Asked
from unit.cli.projects import Store, event
from unit.runtimes.recorded_talk import DeclinedError, RecordedTalk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hookline.pipeline.shown import Shown

TOML = """
[sources.transactions]
verify = { scheme = "hmac", secrets = ["TRANSACTIONS_SECRET"], header = "x-signature" }
id = "event_id"
type = "transaction_type"
[queues.payments]
max_receives = 1
[queues.refunds]
[[routes]]
match = { type = ["payment"] }
queues = ["payments"]
"""
WHY = Asked(reason="tests")


@pytest.fixture
def place(tmp_path: Path) -> Where:
    """Two payments on their queue."""
    (tmp_path / "hookline.toml").write_text(TOML)
    store = Store(project=tmp_path)
    store.accept(event("one"), event("two"))
    return Where(data_dir=tmp_path / "data", environment=None)


def document(talk: RecordedTalk) -> Any:
    """The document that a program gets."""
    return talk.result.document


def rows(shown: Shown) -> list[tuple[Any, ...]]:
    """The rows of the only table."""
    (table,) = shown.parts
    assert isinstance(table, Table)
    return [tuple(row) for row in table.rows]


def depths(place: Where) -> Mapping[str, tuple[int, int]]:
    """Visible messages and dead letters, by queue."""
    found = queues.list_queues(place=place).document
    assert isinstance(found, list)
    return {one["name"]: (one["visible"], one["dead_letters"]) for one in found}


def kill(place: Where) -> None:
    """Receive every payment once more often than its queue allows."""
    for _ in range(2):
        queues.receive_messages(
            RecordedTalk(),
            place=place,
            queue="payments",
            most=10,
            wait=timedelta(0),
            visibility=timedelta(0),
            ack=False,
        )


def test_a_list_and_its_document_are_of_the_same_queues(place: Where) -> None:
    """The table and the JSON document must say the same."""
    shown = queues.list_queues(place=place)

    assert {row[0]: row[1] for row in rows(shown)} == {name: visible for name, (visible, _) in depths(place).items()}
    assert depths(place)["payments"] == (2, 0)


def test_a_message_is_shown_as_lines_and_its_body_as_text(place: Where) -> None:
    """Text from a sender cannot add a line about a message; a body may have several lines."""
    shown = queues.peek_queue(place=place, queue="payments", limit=10, counts_as_receive=False)

    assert [type(part) for part in shown.parts] == [Lines, str] * 2
    assert depths(place)["payments"] == (2, 0)


def test_what_was_received_and_shown_is_deleted_with_ack(place: Where) -> None:
    """A shell script can be a consumer."""
    talk = RecordedTalk()
    words: dict[str, Any] = {"queue": "payments", "most": 1, "wait": timedelta(0), "visibility": timedelta(minutes=1)}

    queues.receive_messages(talk, place=place, ack=True, **words)

    assert talk.kinds == ["result"]
    assert depths(place)["payments"] == (1, 0)


def test_dead_letters_go_back_after_the_plan_and_the_question(place: Where) -> None:
    """A person who declines moves nothing."""
    kill(place)
    assert depths(place)["payments"] == (0, 2)
    bounds: dict[str, Any] = {"queue": "payments", "most": None, "rate": None, "where": None}

    with pytest.raises(DeclinedError):
        queues.redrive_queue(RecordedTalk(agrees=False), place=place, asked=WHY, **bounds)
    assert depths(place)["payments"] == (0, 2)
    talk = RecordedTalk()
    queues.redrive_queue(talk, place=place, asked=WHY, **bounds)

    assert talk.kinds == ["fields", "question", "progress", "result"]
    assert talk.result.parts == ["moved 2 messages from payments-dlq to payments"]
    assert talk.done == 2
    assert depths(place)["payments"] == (2, 0)


def test_a_purge_is_never_done_without_an_answer(place: Where) -> None:
    """A message that was removed cannot be restored."""
    planned, done = RecordedTalk(), RecordedTalk()

    queues.purge_queue(planned, place=place, queue="payments", asked=replace(WHY, dry_run=True))
    assert depths(place)["payments"] == (2, 0)
    queues.purge_queue(done, place=place, queue="payments", asked=WHY)

    assert planned.kinds == ["fields", "result"]
    assert "must ask" in done.kinds
    assert document(done) == {**document(planned), "removed": 2}
    assert depths(place)["payments"] == (0, 0)


def test_a_move_without_yes_is_only_planned(place: Where) -> None:
    """The documents of plan and result have the same members."""
    planned, done = RecordedTalk(), RecordedTalk()

    queues.move_messages(planned, place=place, queue="payments", to="refunds", yes=False, reason=None)
    queues.move_messages(done, place=place, queue="payments", to="refunds", yes=True, reason="tests")

    assert planned.result.notes == ["nothing was moved: add --yes and a --reason to move them"]
    assert (depths(place)["payments"], depths(place)["refunds"]) == ((0, 0), (2, 0))
    assert document(done) == {**document(planned), "moved": 2}


def test_a_pause_is_audited_and_listed(place: Where) -> None:
    """A person who finds a paused queue wants to know who paused it."""
    talk = RecordedTalk()

    pauses.pause_queue(talk, place=place, queue="payments", reason="the ledger moves")
    (entry,) = rows(audit.list_audit(place=place, limit=10, before=None))

    assert talk.result.document == {"queue": "payments", "paused": True}
    assert (entry[2], entry[3], entry[6]) == ("pause", "queue payments", "the ledger moves")
    pauses.resume_queue(talk, place=place, name="payments", reason=None)
    with pytest.raises(NotFoundError):
        pauses.resume_queue(talk, place=place, name="payments", reason=None)


def test_events_are_listed_with_a_warning_before_a_search_that_reads_everything(place: Where) -> None:
    """A warning after the search would be too late to stop it."""
    warnings: list[str] = []

    everything = events.list_events(place=place, limit=1, before=None, warn=warnings.append)
    found = events.list_events(place=place, limit=9, before=None, warn=warnings.append, id_part="two")

    assert [row[0] for row in rows(found)] == ["transactions:two"]
    assert len(warnings) == 1
    assert "--before" in everything.notes[0]
    assert found.notes == []


def test_second_bodies_are_shown_after_the_body(place: Where) -> None:
    """A person needs both bodies to judge a conflict."""
    Store(project=place.data_dir.parent).accept(event("one", body=b'{"amount":"9.00"}'))

    shown = events.show_event(place=place, event_id="transactions:one")

    bodies = [part for part in shown.parts if isinstance(part, Body)]
    assert [one.title.partition(",")[0] for one in bodies] == ["body", "second body"]
    assert bodies[1].body == b'{"amount":"9.00"}'


def test_an_erasure_is_refused_before_the_question_and_shown_in_a_plan(place: Where) -> None:
    """The plan shows which events have to be delivered before the erasure is possible."""
    where = '{"type": ["payment"]}'
    flags: dict[str, Any] = {"where": where, "undelivered": False, "everything": False, "rewrite": False}
    planned, refused, done = RecordedTalk(), RecordedTalk(), RecordedTalk()

    events.erase_events(planned, place=place, asked=replace(WHY, dry_run=True), **flags)
    with pytest.raises(OperatorError):
        events.erase_events(refused, place=place, asked=WHY, **flags)
    events.erase_events(done, place=place, asked=WHY, **{**flags, "everything": True})

    assert document(planned)["erased"] is None
    assert refused.kinds == ["fields"]
    assert "must ask" in done.kinds
    assert document(done)["erased"]["events"] == 2
    assert not done.result.failed


def again(talk: RecordedTalk, place: Where, *ids: str, **options: object) -> Shown:
    """The result of a replay."""
    words: dict[str, Any] = {"reason": None, "dry_run": False, "keep_dead_letter": False, **options}
    config = place.data_dir.parent / "hookline.toml"
    replay.replay_events(talk, place=place, event_ids=ids, config_path=config, price=lambda _: 1.0, **words)
    return talk.result


def test_a_replay_of_named_events_reports_each(place: Where) -> None:
    """An unknown event does not stop the replay of the others, but the result has failed."""
    shown = again(RecordedTalk(), place, "transactions:one", "transactions:none")

    assert [row[1].partition(" ")[0] for row in rows(shown)] == ["replayed", "failed"]
    assert shown.failed
    assert depths(place)["payments"] == (3, 0)


def test_a_replay_by_options_shows_a_plan_asks_and_counts(place: Where) -> None:
    """Only on AWS a replay has a price."""
    planned, done = RecordedTalk(), RecordedTalk()

    again(planned, place, since="1h", dry_run=True)
    again(done, place, since="1h", reason="tests")

    assert document(planned) == {"plan": document(done)["plan"], "replay": None}
    assert document(planned)["plan"]["dollars"] is None
    assert done.kinds == ["fields", "question", "progress", "result"]
    assert (document(done)["replay"]["replayed"], done.done) == (2, 2)


def test_a_replay_by_options_needs_a_reason(place: Where) -> None:
    """The audit log says why many events were replayed."""
    with pytest.raises(UnusableError, match="--reason"):
        again(RecordedTalk(), place, status=Status.ROUTED.value)
