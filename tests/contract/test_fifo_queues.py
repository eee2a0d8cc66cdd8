"""FIFO queues: the order of each group, what is sent twice, and what becomes of both on the way to the dead-letter queue and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.builders import ORDERS, QUEUES, event, grouped, message
from contract.fifo import DEAD, MINUTE, NAME, NOW, SECOND, die, in_group, names, send, take
from hookline.domain.replay import ReplayMark
from hookline.ports.move_tasks import MoveStatus
from hookline.ports.queues import ReceiptResult

if TYPE_CHECKING:
    from contract.homes import Home

DECLARED = (*QUEUES, ORDERS)


def test_messages_of_a_group_come_one_after_the_other_as_they_were_sent(home: Home) -> None:
    """A FIFO queue exists for exactly this."""
    send(home, "a1", "a2", "a3")

    seen = []
    for _ in range(3):
        (one,) = take(home, 1)
        assert take(home, 1) == []
        seen += names([one])
        home.queues.delete(NAME, [one.receipt])

    assert seen == ["a1", "a2", "a3"]


def test_one_receive_gives_several_messages_of_a_group_in_their_order(home: Home) -> None:
    """As many as fit, then those of the next group: as SQS does."""
    send(home, "a1", "b1", "a2", "b2", "a3")

    assert names(take(home, 4)) == ["a1", "a2", "a3", "b1"]
    assert names(take(home)) == []


def test_a_message_in_flight_holds_up_only_its_own_group(home: Home) -> None:
    """One customer's failing payment must not stop all others."""
    send(home, "a1", "a2", "b1")

    assert names(take(home, 1)) == ["a1"]
    assert names(take(home)) == ["b1"]
    assert take(home) == []


def test_a_message_that_waits_for_its_retry_holds_up_its_group(home: Home) -> None:
    """Otherwise the order would be lost with the first failure."""
    send(home, "a1", "a2", "b1")
    (failed,) = take(home, 1)
    home.queues.extend(NAME, [failed.receipt], visibility_timeout=MINUTE * 5)

    home.clock.advance(MINUTE * 4)
    assert names(take(home, hide=MINUTE * 5)) == ["b1"]
    home.clock.advance(MINUTE)
    assert names(take(home)) == ["a1", "a2"]


def test_a_group_continues_when_what_was_in_flight_is_given_back(home: Home) -> None:
    """Immediately, with the same message first."""
    send(home, "a1", "a2")
    (taken,) = take(home, 1)

    home.queues.extend(NAME, [taken.receipt], visibility_timeout=NOW)

    assert names(take(home)) == ["a1", "a2"]


def test_a_group_waits_until_all_that_is_in_flight_of_it_has_gone(home: Home) -> None:
    """A consumer that took three and deletes the first is still at work on the second."""
    send(home, "a1", "a2", "a3", "a4")
    first, second, third = take(home, 3)

    home.queues.delete(NAME, [first.receipt])
    assert take(home) == []
    home.queues.extend(NAME, [second.receipt], visibility_timeout=NOW)
    assert take(home) == []
    home.queues.delete(NAME, [third.receipt])

    assert names(take(home)) == ["a2", "a4"]


def test_groups_take_turns_by_their_oldest_message(home: Home) -> None:
    """No group waits without an end behind one that is always busy; what failed comes before what is new."""
    send(home, "b1", "a1", "c1")
    (failed,) = take(home, 1)
    home.queues.extend(NAME, [failed.receipt], visibility_timeout=SECOND)
    home.clock.advance(SECOND)

    assert [names(take(home, 1)) for _ in range(3)] == [["b1"], ["a1"], ["c1"]]


def test_a_message_without_a_group_waits_for_nothing(home: Home) -> None:
    """Each is a group of its own, named by its event id."""
    home.queues.send(NAME, [message("x"), message("y")])

    (first,), (second,) = take(home, 1), take(home, 1)

    assert names([first, second]) == ["x", "y"]
    assert first.fifo is not None
    assert first.fifo.group == first.fifo.deduplication_id == first.event_id


def test_a_message_shows_its_place(home: Home) -> None:
    """Consumers see all three as system attributes."""
    send(home, "a1", "a2")

    first, second = take(home)

    assert first.fifo is not None
    assert second.fifo is not None
    assert (first.fifo.group, first.fifo.deduplication_id) == ("a", first.event_id)
    assert first.fifo.sequence_number is not None
    assert second.fifo.sequence_number is not None
    assert first.fifo.sequence_number < second.fifo.sequence_number
    assert len(first.fifo.sequence_number) == 20


def test_what_is_sent_twice_within_five_minutes_is_there_once(home: Home) -> None:
    """A producer that got no answer sends again; it learns what became of the first."""
    (first,) = home.queues.send(NAME, [grouped("a1", "a")])
    home.clock.advance(MINUTE * 5 - SECOND)
    (second,) = home.queues.send(NAME, [grouped("a1", "a")])

    assert second == first
    assert first.sequence_number is not None
    assert names(take(home)) == ["a1"]


def test_a_deduplication_id_is_known_after_its_message_is_gone_and_after_a_restart(home: Home) -> None:
    """A payment must not be delivered again after a crash."""
    send(home, "a1")
    home.queues.delete(NAME, [one.receipt for one in take(home)])

    again = home.restart()
    send(again, "a1")

    assert take(again) == []


def test_after_five_minutes_the_same_message_is_a_new_one(home: Home) -> None:
    """This is SQS's interval."""
    first = send(home, "a1")
    home.clock.advance(MINUTE * 5)

    assert send(home, "a1") != first
    assert names(take(home)) == ["a1", "a1"]


def test_a_deduplication_id_counts_within_its_group(home: Home) -> None:
    """SQS's high throughput mode, which deployed queues have, does the same."""
    home.queues.send(NAME, [grouped("a1", "a"), grouped("a1", "b")])

    assert names(take(home)) == ["a1", "a1"]


def test_a_standard_queue_knows_no_deduplication(home: Home) -> None:
    """It takes every message that it is sent."""
    home.queues.send("payments", [grouped("a1", "a"), grouped("a1", "a")])

    taken = home.queues.receive("payments", max_messages=10)
    assert names(taken) == ["a1", "a1"]
    assert [one.fifo for one in taken] == [None, None]


def test_events_keep_the_order_of_their_groups(home: Home) -> None:
    """However they reach the queue: stored with their messages, or from the outbox."""
    home.keep(in_group("1", "a"), in_group("2", "b"), in_group("3", "a"))
    home.events.add([event("4")])
    home.outbox.deliver([in_group("4", "a")])

    assert names(take(home, 3)) == ["1", "3", "4"]
    assert names(take(home)) == ["2"]


def test_an_event_without_a_group_is_one_of_its_own(home: Home) -> None:
    """Only the configuration that routed the event knows its group."""
    home.keep(in_group("1", None), in_group("2", None))

    first, second = take(home, 1), take(home, 1)

    assert names([*first, *second]) == ["1", "2"]
    assert [one.fifo.group for one in first if one.fifo] == [event("1").id]


def test_a_replayed_event_is_not_taken_for_a_duplicate(home: Home) -> None:
    """An operator who replays within five minutes wants a new message."""
    home.keep(in_group("1", "a"))
    home.queues.delete(NAME, [one.receipt for one in take(home)])
    home.events.reopen(event("1").id, ReplayMark(id="r1"))

    home.outbox.deliver([in_group("1", "a", replay_id="r1")])

    (replayed,) = take(home)
    assert replayed.fifo is not None
    assert replayed.fifo.deduplication_id == f"{event('1').id}:r1"


def test_an_event_that_is_delivered_twice_is_there_once(home: Home) -> None:
    """An outbox that was cut off after the message was sent tries again."""
    home.keep(in_group("1", "a"))
    home.events.reopen(event("1").id)

    home.outbox.deliver([in_group("1", "a")])

    assert names(take(home)) == ["1"]
    assert home.stored(event("1").id).event.status.value == "routed"


def test_a_message_that_dies_lets_its_group_continue(home: Home) -> None:
    """It is on the dead-letter queue, which is FIFO too, with its group."""
    send(home, "a1")
    die(home)
    send(home, "a2")

    assert names(take(home)) == ["a2"]
    (dead,) = take(home, queue=DEAD)
    assert names([dead]) == ["a1"]
    assert dead.fifo is not None
    assert (dead.fifo.group, dead.fifo.deduplication_id) == ("a", dead.event_id)


def test_one_receive_finds_what_is_behind_dead_letters(home: Home) -> None:
    """A consumer that asks for one message must not get an empty answer."""
    send(home, "a1", "a2")
    die(home)
    send(home, "a3", "b1")

    assert names(take(home, 1)) == ["a3"]


def test_dead_letters_of_a_group_keep_their_order(home: Home) -> None:
    """A person who looks at them, or puts them back, gets them in their order."""
    send(home, "a1", "a2", "b1")
    die(home)
    assert take(home) == []

    assert names(take(home, 1, queue=DEAD)) == ["a1"]
    assert names(take(home, queue=DEAD)) == ["b1"]


def test_a_move_task_keeps_the_order_of_each_group(home: Home) -> None:
    """A moved message is not taken for a duplicate of the one that died a moment ago."""
    send(home, "a1", "b1", "a2", "a3")
    die(home)
    take(home)
    task = home.moves.start(DEAD)
    assert task is not None

    for _ in range(3):
        home.work(task, limit=2)

    assert home.moves.newest(DEAD, limit=1)[0].status is MoveStatus.COMPLETED
    moved = take(home, 3)
    assert names(moved) == ["a1", "a2", "a3"]
    assert names(take(home)) == ["b1"]
    assert moved[0].fifo is not None
    assert moved[0].fifo.deduplication_id != moved[0].event_id


def test_a_message_whose_time_is_over_cannot_be_deleted(home: Home) -> None:
    """Others of its group may have been received already: its consumer has to know that it was too late."""
    send(home, "a1")
    (late,) = take(home)
    home.clock.advance(ORDERS.visibility_timeout)

    assert home.queues.delete(NAME, [late.receipt]) == [ReceiptResult.VISIBLE]

    assert names(take(home)) == ["a1"]


def test_what_has_expired_holds_up_nothing(home: Home) -> None:
    """Its group continues with what was sent later."""
    send(home, "a1")
    home.clock.advance(ORDERS.retention)
    send(home, "a2")

    assert names(take(home, 1)) == ["a2"]


def test_a_purge_empties_every_group(home: Home) -> None:
    """The next message of a group finds nothing before it."""
    send(home, "a1", "a2", "b1")
    take(home, 1)
    home.queues.purge(NAME)

    send(home, "a3")

    assert names(take(home)) == ["a3"]


def test_a_redrive_keeps_the_order_of_each_group(home: Home) -> None:
    """Letters go to the end of their groups, and are not taken for what died a moment ago."""
    send(home, "a1", "b1", "a2")
    die(home)
    take(home)
    send(home, "a3")

    with home.dead_letters.opened(DEAD) as hand:
        moved = sum(hand.put_back(letters) for letters in iter(lambda: hand.next(1), []))

    assert moved == 3
    assert names(take(home, 3)) == ["a3", "a1", "a2"]
    assert names(take(home)) == ["b1"]


def test_a_redrive_leaves_a_group_of_which_a_letter_is_in_flight(home: Home) -> None:
    """Otherwise the letter that a consumer has would come last."""
    send(home, "a1", "a2", "b1")
    die(home)
    take(home)
    take(home, 1, queue=DEAD)

    with home.dead_letters.opened(DEAD) as hand:
        assert names(hand.next(10)) == ["b1"]
