"""Dead letters that somebody has looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hookline.domain.message import Delivery
from hookline.pipeline.seen_letters import SeenLetters

AT = datetime(2026, 1, 2, tzinfo=UTC)


def letter(message_id: str, event_id: str = "shop:1", *, receives: int = 3) -> Delivery:
    """A letter of an event."""
    return Delivery(
        message_id=message_id,
        receipt="r",
        event_id=event_id,
        body="{}",
        attributes={},
        receives=receives,
        sent_at=AT,
        first_received_at=None,
    )


def test_an_events_letters_are_found_with_the_time_when_they_were_seen() -> None:
    """A queue cannot look for the messages of an event, and they may have left since."""
    seen = SeenLetters()
    seen.note("payments-dlq", [letter("a"), letter("b", "shop:2")], AT)

    (found,) = seen.of("shop:1")

    assert (found.queue, found.letter.message_id, found.seen_at) == ("payments-dlq", "a", AT)
    assert seen.of("shop:3") == []


def test_the_newest_look_counts() -> None:
    """A letter that was seen twice is one letter, as it was the last time."""
    seen, later = SeenLetters(), AT + timedelta(minutes=5)
    seen.note("payments-dlq", [letter("a")], AT)
    seen.note("payments-dlq", [letter("a", receives=4)], later)

    assert [(one.letter.receives, one.seen_at) for one in seen.of("shop:1")] == [(4, later)]


def test_the_last_of_some_queues_come_first() -> None:
    """The overview lists ten, and none of a queue that is empty now."""
    seen = SeenLetters()
    for number in range(4):
        seen.note(
            "payments-dlq" if number % 2 else "refunds-dlq", [letter(str(number))], AT + timedelta(seconds=number)
        )

    assert [one.letter.message_id for one in seen.newest(["payments-dlq", "refunds-dlq"], limit=3)] == ["3", "2", "1"]
    assert [one.letter.message_id for one in seen.newest(["refunds-dlq"], limit=3)] == ["2", "0"]


def test_it_does_not_grow_without_end() -> None:
    """A dashboard may be open for weeks while a dead-letter queue fills."""
    seen = SeenLetters()
    seen.note("q-dlq", (letter(str(number)) for number in range(12_000)), AT)

    assert len(seen.newest(["q-dlq"], limit=20_000)) == 10_000
    assert seen.newest(["q-dlq"], limit=1)[0].letter.message_id == "11999"
