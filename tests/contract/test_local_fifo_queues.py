"""FIFO queues where hookline keeps them itself: moves in steps and by hand, retention, and queues that become FIFO or cease to be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.builders import ORDERS, QUEUES, event, grouped, message
from contract.fifo import DEAD, MINUTE, NAME, NOW, die, in_group, names, send, take
from contract.homes import LOCAL_OPENERS
from hookline.domain.fifo import Fifo

if TYPE_CHECKING:
    from contract.homes import LocalHome

HOMES = LOCAL_OPENERS
"""Rules that are the same everywhere are in test_fifo_queues.py."""

DECLARED = (*QUEUES, ORDERS)


def test_retention_forgets_old_deduplication_ids(home: LocalHome) -> None:
    """After that the same message is a new one."""
    first = send(home, "a1")
    home.clock.advance(MINUTE * 5)
    home.retention.expire_messages(limit=100)

    assert send(home, "a1") != first
    assert names(take(home)) == ["a1", "a1"]


def test_a_dead_letter_is_kept_from_the_moment_at_which_it_died(home: LocalHome) -> None:
    """As SQS does on FIFO queues only ("Setting-up dead-letter queue retention"): there its time starts again."""
    send(home, "a1")
    home.clock.advance(ORDERS.retention - MINUTE)
    die(home)
    take(home)
    (letter,) = take(home, 1, queue=DEAD)
    home.clock.advance(ORDERS.dead_letter_retention - MINUTE)
    kept = names(take(home, 1, queue=DEAD))
    home.clock.advance(MINUTE)

    assert letter.dead_letter is not None
    assert letter.sent_at == letter.dead_letter.moved_at
    assert (kept, take(home, 1, queue=DEAD)) == (["a1"], [])


def test_a_move_task_names_the_letter_in_the_deduplication_id(home: LocalHome) -> None:
    """The task moves step by step; a moved message is not taken for a duplicate of one that died a moment ago."""
    send(home, "a1", "b1", "a2", "a3")
    die(home)
    take(home)
    task = home.moves.start(DEAD)
    assert task is not None

    while home.moves.advance(task, limit=1):
        pass

    moved = take(home, 3)
    assert names(moved) == ["a1", "a2", "a3"]
    assert names(take(home)) == ["b1"]
    assert moved[0].fifo is not None
    assert moved[0].fifo.deduplication_id.startswith(f"{moved[0].event_id}:")


def test_a_move_task_leaves_a_group_of_which_a_message_is_in_flight(home: LocalHome) -> None:
    """Otherwise the message in flight would come after its successors."""
    send(home, "a1", "a2", "b1")
    die(home)
    take(home)
    assert names(take(home, 1, queue=DEAD)) == ["a1"]
    task = home.moves.start(DEAD)
    assert task is not None

    assert home.moves.advance(task, limit=10) == 1

    assert names(take(home)) == ["b1"]
    assert names(home.queues.peek(DEAD)) == ["a1", "a2"]


def test_messages_that_are_moved_by_hand_keep_the_order_of_their_group(home: LocalHome) -> None:
    """`hookline queues move` first shows what it would do."""
    send(home, "a1", "a2", "b1")
    die(home)
    take(home)
    take(home, 1, queue=DEAD)

    movable = home.queues.movable(DEAD, NAME)
    assert (movable.ready, movable.in_flight, movable.too_old) == (1, 2, 0)
    home.clock.advance(MINUTE)
    assert home.queues.move(DEAD, NAME, limit=2) == 2
    assert names(take(home)) == ["a1", "a2"]


def test_what_has_expired_holds_up_nothing_when_it_is_removed(home: LocalHome) -> None:
    """Whether it was removed or not makes no difference."""
    send(home, "a1")
    home.clock.advance(ORDERS.retention)
    send(home, "a2")

    assert names(take(home, 1)) == ["a2"]
    home.retention.expire_messages(limit=100)
    assert home.queues.depth(NAME) == home.depth(in_flight=1, oldest_age=0)


def test_messages_of_a_standard_queue_are_groups_of_their_own_on_a_fifo_queue(home: LocalHome) -> None:
    """Nobody knows their order; none may be lost because of that."""
    home.queues.send("payments", [message("x"), message("y")])

    assert home.queues.move("payments", NAME, limit=10) == 2

    assert names(take(home, 1)) == ["x"]
    assert names(take(home, 1)) == ["y"]


def test_a_queue_that_becomes_fifo_keeps_its_messages(home: LocalHome) -> None:
    """Each message that was there is a group of its own; dead letters too."""
    plain = replace(ORDERS, fifo=None)
    home.declare((*QUEUES, plain))
    home.keep(in_group("1", None), in_group("2", None))
    take(home, 1, hide=NOW)
    take(home, 1, hide=NOW)
    take(home, 1)
    assert names(home.queues.peek(DEAD)) == ["1"]

    home.declare((*QUEUES, ORDERS))
    home.keep(in_group("3", "g"), in_group("4", "g"))
    home.clock.advance(ORDERS.visibility_timeout)

    assert names(take(home, 2)) == ["2", "3"]
    (dead,) = take(home, queue=DEAD)
    assert dead.fifo is not None
    assert dead.fifo.group == event("1").id


def test_a_queue_that_is_no_longer_fifo_gives_everything_immediately(home: LocalHome) -> None:
    """No message may wait for a group that no longer counts."""
    send(home, "a1", "a2")
    take(home, 1)

    home.declare((*QUEUES, replace(ORDERS, fifo=None)))

    (second,) = take(home)
    assert names([second]) == ["a2"]
    assert second.fifo is None


def test_what_a_queue_goes_by_is_part_of_its_settings(home: LocalHome) -> None:
    """`hookline check` compares them with hookline.toml."""
    before = home.queues.dates(NAME)
    home.clock.advance(MINUTE)

    home.declare((*QUEUES, replace(ORDERS, fifo=Fifo(group="data.account"))))

    (stored,) = (one.queue for one in home.inventory.look(()).queues if one.queue.name == NAME)
    assert stored.fifo == Fifo(group="data.account")
    assert home.queues.dates(NAME).modified_at == before.modified_at + MINUTE


def test_a_letter_that_somebody_takes_meanwhile_keeps_its_group_there(home: LocalHome) -> None:
    """A redrive looks first, and moves a moment later."""
    send(home, "a1", "a2")
    die(home)
    take(home)

    with home.dead_letters.opened(DEAD) as hand:
        letters = hand.next(10)
        take(home, 1, queue=DEAD)
        assert hand.put_back(letters) == 0

    assert names(home.queues.peek(DEAD)) == ["a1", "a2"]


def test_a_dead_letter_is_looked_at_by_the_time_at_which_it_died(home: LocalHome) -> None:
    """Its age starts again there: what somebody sent to the dead-letter queue before is older, although its id is younger."""
    send(home, "a1")
    home.queues.send(DEAD, [grouped("b1", "b")])
    home.clock.advance(MINUTE)
    die(home)
    take(home)

    assert names(home.queues.peek(DEAD)) == ["b1", "a1"]
    with home.dead_letters.opened(DEAD) as hand:
        assert names(hand.next(10)) == ["b1", "a1"]
