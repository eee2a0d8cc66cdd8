"""Dead letters as operators handle them: put back or removed, each once, and nothing else touched."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, PAYMENTS, event, message, routed
from hookline.domain.message import Message, TypedValue
from hookline.errors import NotFoundError

if TYPE_CHECKING:
    from contract.homes import Home

SECOND = timedelta(seconds=1)
IMMEDIATELY = timedelta()


def bury(home: Home, *names: str) -> None:
    """Make dead letters of messages with these names."""
    home.queues.send("payments", [message(name) for name in names])
    die(home)


def die(home: Home) -> None:
    """Let everything that is on the queue die."""
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", max_messages=100, visibility_timeout=IMMEDIATELY)


def ids(*names: str) -> list[str]:
    """The event ids of messages with these names."""
    return [message(name).event_id for name in names]


def test_letters_are_looked_at_each_once(home: Home) -> None:
    """A look in pages that came back to the same letter would put it back twice."""
    bury(home, "a", "b", "c")
    with home.dead_letters.opened(DLQ) as unread:
        pages = [[one.event_id for one in unread.next(2)] for _ in range(3)]
        count = unread.count
    assert count == 3
    assert sorted(pages[0] + pages[1]) == ids("a", "b", "c")
    assert pages[2] == []


def test_a_letter_that_was_received_and_given_back_is_looked_at(home: Home) -> None:
    """Its consumer gave it up: it is a dead letter like any other."""
    bury(home, "a", "b")
    home.queues.receive(DLQ, visibility_timeout=SECOND)
    home.clock.advance(SECOND)
    with home.dead_letters.opened(DLQ) as unread:
        assert unread.count == 2
        assert sorted(one.event_id for one in unread.next(10)) == ids("a", "b")


def test_a_look_changes_nothing(home: Home) -> None:
    """A consumer of dead letters can immediately receive what was looked at and not put back."""
    bury(home, "a", "b")
    with home.dead_letters.opened(DLQ) as unread:
        unread.next(10)
    assert home.queues.depth(DLQ).visible == 2
    assert len(home.queues.receive(DLQ, max_messages=10)) == 2


def test_what_is_put_back_is_a_new_message_of_its_own_queue(home: Home) -> None:
    """It may be received as often as any other; the other letters stay."""
    bury(home, "a", "b")
    home.clock.advance(SECOND)
    with home.dead_letters.opened(DLQ) as unread:
        letters = [one for one in unread.next(10) if one.event_id in ids("a")]
        assert unread.put_back(letters) == 1
        assert unread.put_back([]) == 0

    assert home.standing("payments") == ids("a")
    assert home.standing(DLQ) == ids("b")
    again = home.take()
    assert (again.receives, again.dead_letter, again.body) == (1, None, message("a").body)


def test_what_is_put_back_keeps_all_that_its_sender_gave(home: Home) -> None:
    """The second consumer needs what the first consumer had."""
    sent = Message(
        event_id="",
        body="own text",
        attributes={"n": TypedValue(data_type="Number", value="1"), "b": TypedValue(data_type="Binary", value=b"\0")},
        system={"AWSTraceHeader": "Root=1"},
    )
    home.queues.send("payments", [sent])
    die(home)
    with home.dead_letters.opened(DLQ) as unread:
        unread.put_back(unread.next(10))
    again = home.take()
    assert (again.body, again.attributes, again.system) == (sent.body, sent.attributes, sent.system)


def test_other_queues_of_the_event_get_nothing(home: Home) -> None:
    """Only one consumer failed; the other one has done its work."""
    home.keep(routed(event(), "payments", "refunds"))
    (done,) = home.queues.receive("refunds")
    home.queues.delete("refunds", [done.receipt])
    die(home)
    with home.dead_letters.opened(DLQ) as unread:
        unread.put_back(unread.next(10))
    assert home.standing("payments") == [event().id]
    assert home.standing("refunds") == []


def test_a_letter_that_dies_again_meanwhile_is_not_put_back_again(home: Home) -> None:
    """With a consumer that still fails, the work would never end."""
    bury(home, "a", "b")
    home.clock.advance(SECOND)
    with home.dead_letters.opened(DLQ) as unread:
        home.clock.advance(SECOND)
        first = unread.next(1)
        unread.put_back(first)
        die(home)
        rest = unread.next(10)
        assert unread.next(10) == []
    assert len(first) == len(rest) == 1
    assert first[0].event_id != rest[0].event_id


def test_what_a_consumer_has_in_its_hands_stays(home: Home) -> None:
    """That consumer may be repairing the letter right now."""
    bury(home, "a")
    home.queues.receive(DLQ, visibility_timeout=SECOND)
    with home.dead_letters.opened(DLQ) as unread:
        assert unread.next(10) == []
    assert home.queues.depth(DLQ).in_flight == 1


def test_the_letters_of_events_are_removed(home: Home) -> None:
    """An event that was put through again needs no dead letter any more; the others do."""
    home.keep(routed(event("one"), "payments"), routed(event("two", b'{"amount":2}'), "payments"))
    die(home)
    result = home.dead_letters.remove(DLQ, [event("one").id], most=10)
    assert (result.removed, result.stopped) == (1, False)
    assert home.standing(DLQ) == [event("two").id]


@pytest.mark.parametrize("name", ["payments", "nowhere"])
def test_only_a_dead_letter_queue_has_dead_letters(home: Home, name: str) -> None:
    """Only its consumers handle a queue's own messages."""
    with pytest.raises(NotFoundError), home.dead_letters.opened(name):
        pass


def test_a_letter_that_was_consumed_meanwhile_is_left_out(home: Home) -> None:
    """A letter that a consumer can handle between the look and the step must not come back. On SQS no consumer can: it is hidden."""
    bury(home, "a")
    with home.dead_letters.opened(DLQ) as unread:
        letters = unread.next(10)
        taken = home.queues.receive(DLQ)
        home.queues.delete(DLQ, [one.receipt for one in taken])
        assert unread.put_back(letters) == 1 - len(taken)
    assert len(home.standing("payments")) == 1 - len(taken)
