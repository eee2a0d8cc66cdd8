"""Each promise, and the tests of each home that try to break it: docs/reference/homes.md names them, and a test looks for them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PROMISES", "Promise"]

_CONTRACT = "tests/acceptance/test_contract.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promise of docs/explanation/promises.md. ``embedded`` and ``aws`` are tests, as FILE::NAME."""

    what: str
    embedded: str
    aws: str
    differs: str = ""


def _both(what: str, name: str, file: str = _CONTRACT, differs: str = "") -> Promise:
    return Promise(what=what, embedded=f"{file}::{name}", aws=f"{file}::{name}", differs=differs)


PROMISES = (
    Promise(
        what="An acknowledged event is never lost",
        embedded="tests/acceptance/test_crash.py::test_kill_9_loses_nothing_that_was_acknowledged",
        aws="tests/e2e/test_faults.py::test_in_any_weather_nothing_acknowledged_is_lost",
    ),
    Promise(
        what="A stored event always reaches its queue",
        embedded="tests/acceptance/test_crash.py::test_a_server_that_died_while_recovering_recovers_again",
        aws="tests/e2e/test_faults.py::test_a_deleted_router_gets_its_events_when_it_is_back",
        differs="in the embedded home with the event itself; on AWS after it, and what was interrupted after 300 seconds",
    ),
    _both("A duplicate is stored once", "test_the_same_event_again_is_a_duplicate"),
    _both("Nothing unverified is accepted", "test_a_forged_request_is_refused"),
    _both("The payload that comes out is the payload that went in", "test_an_amount_comes_out_byte_for_byte"),
    _both("A known id with another body is a conflict", "test_another_body_under_a_known_id_is_a_conflict"),
    _both(
        "What cannot be consumed is kept on a dead-letter queue",
        "test_a_message_that_nobody_can_consume_goes_to_the_dead_letter_queue",
    ),
    _both(
        "A refused request can be explained, and accepted later",
        "test_a_refused_request_is_accepted_once_its_reason_is_gone",
        differs="on AWS a flood of refused requests is kept only as far as a budget goes",
    ),
    _both(
        "An erased event stays erased",
        "test_an_erased_event_is_known_and_its_content_is_gone",
        "tests/acceptance/test_erasure.py",
        differs="on AWS messages on SQS stay where they are, until they are consumed, purged or at the end of their queue's `retention`",
    ),
    Promise(
        what="A FIFO queue keeps the order of its senders",
        embedded="tests/acceptance/test_fifo.py::test_killed_between_receive_and_delete_nothing_is_lost_and_no_group_is_overtaken",
        aws="tests/e2e/test_fifo.py::test_events_are_on_the_queue_in_order_when_their_senders_are_answered",
    ),
    _both(
        "A paused source holds events, and they come once it is resumed",
        "test_held_events_come_once_the_source_is_resumed",
        "tests/acceptance/test_operations.py",
    ),
    _both(
        "A paused queue gives out nothing until it is resumed",
        "test_a_paused_queue_gives_out_nothing_until_it_is_resumed",
        "tests/acceptance/test_operations.py",
        differs="on AWS consumers get AccessDenied, within a minute",
    ),
    _both(
        "A dead letter goes back to its own queue only",
        "test_a_dead_letter_goes_back_to_its_own_queue_only",
        "tests/acceptance/test_operations.py",
        differs="in the embedded home in one transaction; on AWS a redrive that is killed may leave a message on both queues",
    ),
    Promise(
        what="A replay that was stopped continues where it stopped",
        embedded="tests/acceptance/test_replay.py::test_a_replay_that_is_killed_again_and_again_reaches_every_event_once",
        aws="tests/property/test_replay_resumption.py::test_a_replay_that_continues_leaves_nothing_out_and_repeats_nothing",
    ),
    _both(
        "An event that names a record gets it from its sender's API",
        "test_an_api_that_is_down_keeps_the_event_waiting_and_no_other",
        "tests/acceptance/test_fetch_in_both_homes.py",
    ),
)
