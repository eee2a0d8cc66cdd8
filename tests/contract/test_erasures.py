"""What every Erasures does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, event, message, routed, waiting
from contract.homes import LocalHome
from hookline.domain.erasure import ERASED, is_erased, is_erased_body
from hookline.domain.event import Outcome, Status
from hookline.domain.replay import ReplayMark
from hookline.ports.erasures import ToErase

if TYPE_CHECKING:
    from contract.homes import Home
    from hookline.domain.event import Event
    from hookline.ports.erasures import EraseResult

SECOND = timedelta(seconds=1)
HERS = event("hers", b'{"email":"ann@example.com"}')
OTHER = event("other", b'{"email":"bob@example.com"}', received_at=HERS.received_at + SECOND)
REPLAY = ReplayMark(id="r1")


def erased(home: Home, *events: Event, undelivered: bool = False) -> list[EraseResult]:
    """Erase these events, and the rest of what an erasure does."""
    chosen = [ToErase(event_id=one.id, body_sha256=one.body_sha256) for one in events]
    results = home.erasures.erase(chosen, erasure="e1", undelivered=undelivered)
    assert not home.erasures.scrub(rewrite=False)
    return results


def listed(home: Home, *, limit: int = 2) -> list[str]:
    """The delivery ids of every page of all that is stored."""
    ids: list[str] = []
    after = None
    while True:
        page = home.erasures.events(limit=limit, after=after)
        ids += [stored.event.id.partition(":")[2] for stored in page.events]
        after = page.cursor
        if after is None:
            return ids


def test_an_erased_event_leaves_what_it_takes_to_know_it_again(home: Home) -> None:
    """Id, type, times, status and digest stay; body and metadata go."""
    noted = replace(HERS, metadata={**HERS.metadata, "transactionreference": "pi_1", "headerxname": "Ann"})
    home.keep(routed(noted, "payments"), routed(OTHER, "payments"))

    (result,) = erased(home, HERS)

    left = home.restart().stored(HERS.id)
    assert result.is_done
    assert left.event == replace(
        HERS, body=b"", metadata={"secret": "TRANSACTIONS_SECRET", ERASED: "e1"}, status=Status.ROUTED
    )
    assert home.stored(OTHER.id).event.body == OTHER.body


def test_a_second_delivery_of_an_erased_event_is_known_and_keeps_no_body(home: Home) -> None:
    """Otherwise the sender's next attempt would bring back what was erased."""
    home.keep(routed(HERS, "payments"))
    erased(home, HERS)

    outcomes = home.events.add([HERS, event("hers", b"other")])

    left = home.stored(HERS.id)
    assert outcomes == [Outcome.DUPLICATE, Outcome.CONFLICT]
    assert left.event.body == b""
    assert left.set_aside == ()


def test_second_bodies_go_with_their_event(home: Home) -> None:
    """They are about the same person; their digests stay, so that none is kept again."""
    second = event("hers", b'{"email":"ann2@example.com"}')
    home.keep(routed(HERS, "payments"))
    home.events.add([second])

    (result,) = erased(home, HERS)

    (kept,) = home.stored(HERS.id).set_aside
    assert result.second_bodies == 1
    assert is_erased_body(kept.body, kept.body_sha256)


def test_a_second_body_can_go_without_its_event(home: Home) -> None:
    """Another person's data may have come under an id; delivered once more it is not kept again."""
    digest = OTHER.body_sha256
    second = replace(HERS, body=OTHER.body, body_sha256=digest)
    home.keep(routed(HERS, "payments"))
    home.events.add([second])
    chosen = ToErase(event_id=HERS.id, body_sha256=HERS.body_sha256, whole=False, second=(digest,))

    first, again = (home.erasures.erase([chosen], erasure="e1", undelivered=False)[0] for _ in range(2))
    outcome = home.events.add([second])

    left = home.stored(HERS.id)
    assert (first.is_done, first.second_bodies, again.is_done) == (True, 1, False)
    assert outcome == [Outcome.CONFLICT]
    assert (left.event.body, [one.body for one in left.set_aside]) == (HERS.body, [b""])


def test_an_event_that_is_not_delivered_is_erased_only_on_demand(home: Home) -> None:
    """Otherwise no consumer would ever get it."""
    home.events.add([HERS])

    (result,) = erased(home, HERS)

    assert not result.is_done
    assert home.stored(HERS.id).event == HERS


@pytest.mark.parametrize("fails", [False, True])
def test_an_undelivered_event_that_is_erased_leaves_the_outbox(home: Home, *, fails: bool) -> None:
    """No router may put an empty message on a queue; the tombstone expires as delivered events do."""
    home.events.add([HERS])
    if fails:
        home.outbox.fail(HERS.id, reason="ann@example.com is no address")

    (result,) = erased(home, HERS, undelivered=True)
    later = home.clock.now() + timedelta(days=1)
    pending = home.outbox.pending(received_before=later, due_at=later, limit=10)
    home.outbox.deliver([routed(HERS, "payments")])

    left = home.stored(HERS.id)
    assert result.is_done
    assert pending == []
    assert home.standing() == []
    assert (left.event.status, left.event.body, left.attempt.reason) == (
        Status.UNMATCHED,
        b"",
        "erased before it was delivered",
    )
    assert left.expires_at is not None


def test_a_held_event_that_is_erased_is_not_released(home: Home) -> None:
    """A source that is resumed delivers what it held back."""
    home.keep(waiting(replace(HERS, held=True)))

    erased(home, HERS, undelivered=True)
    released = [*home.held_events.release([HERS.id]), *home.held_events.first(HERS.source, limit=10)]

    assert not released
    assert not home.stored(HERS.id).event.held


def test_an_event_that_has_another_body_by_now_is_left(home: Home) -> None:
    """Between the look and the erasure an expired event may have made room for a new one."""
    home.keep(routed(HERS, "payments"))
    stale = replace(HERS, body_sha256=b"0" * 32)

    (result,) = erased(home, stale)
    (unknown,) = erased(home, event("nobody"))

    assert (result.is_done, unknown.is_done) == (False, False)
    assert home.stored(HERS.id).event.body == HERS.body


def test_an_event_is_erased_once(home: Home) -> None:
    """Run again after a kill, an erasure counts nothing twice."""
    home.keep(routed(HERS, "payments"))

    first, again = erased(home, HERS), erased(home, HERS)

    assert (first[0].is_done, again[0].is_done) == (True, False)


def test_an_erased_event_is_not_reopened(home: Home) -> None:
    """A replay would deliver an empty message."""
    home.keep(routed(HERS, "payments"), routed(OTHER, "payments"))
    erased(home, HERS)

    one = home.events.reopen(HERS.id, REPLAY)
    many = home.replays.reopen([HERS.id, OTHER.id], REPLAY)

    assert (one, many) == (False, [False, True])
    assert home.stored(HERS.id).event.status is Status.ROUTED


def test_every_event_is_looked_at_exactly_once_also_when_it_has_expired(home: Home) -> None:
    """A body stays in storage until retention has removed its event."""
    home.keep(*(routed(event(f"e{number}"), "payments") for number in range(5)))
    home.outlive(home.clock.steady())
    home.events.add([event("waits")])

    assert sorted(listed(home)) == ["e0", "e1", "e2", "e3", "e4", "waits"]
    assert sorted(listed(home, limit=100)) == ["e0", "e1", "e2", "e3", "e4", "waits"]


def test_second_bodies_are_looked_at_too(home: Home) -> None:
    """A pattern is compared with them as with the body of the event."""
    home.keep(routed(HERS, "payments"))
    home.events.add([replace(HERS, body=OTHER.body, body_sha256=OTHER.body_sha256)])

    (stored,) = home.erasures.events(limit=10).events

    assert [one.body for one in stored.set_aside] == [OTHER.body]


def test_an_expired_event_is_erased(home: Home) -> None:
    """Its row still exists."""
    home.keep(routed(HERS, "payments"))
    home.outlive(home.clock.steady())

    (result,) = erased(home, HERS)

    (stored,) = home.erasures.events(limit=10).events
    assert result.is_done
    assert is_erased(stored.event)


@pytest.mark.parametrize("size", [9_000, 300_000])
def test_a_large_body_goes_from_wherever_it_is(home: Home, size: int) -> None:
    """Above some sizes a body is compressed, or is in the bucket."""
    large = event("large", b'{"text":"' + b"a" * size + b'"}')
    home.keep(routed(large, "payments"))

    (result,) = erased(home, large)

    assert result.is_done
    assert home.restart().stored(large.id).event.body == b""


def test_messages_go_from_every_queue(home: Home) -> None:
    """Also those that a consumer has received, and dead letters; what the consumer deletes afterwards is gone already."""
    if not isinstance(home, LocalHome):
        pytest.skip("messages on SQS cannot be found by their event")
    third = event("third", b"{}", received_at=OTHER.received_at + SECOND)
    home.keep(routed(HERS, "payments", "refunds"), routed(OTHER, "payments"), routed(third, "payments"))
    held = home.take()
    counted = home.erasures.standing([HERS.id])

    (result,) = erased(home, HERS)
    late = home.queues.delete("payments", [held.receipt])

    assert held.event_id == HERS.id
    assert dict(counted) == {"payments": 1, "refunds": 1}
    assert result.messages == 2
    assert late == [home.deleted_late]
    assert (home.standing(), home.standing("refunds")) == ([OTHER.id, third.id], [])


def test_dead_letters_go_too(home: Home) -> None:
    """Nobody looks at a dead letter for days."""
    if not isinstance(home, LocalHome):
        pytest.skip("messages on SQS cannot be found by their event")
    home.keep(routed(HERS, "payments"))
    for _ in range(3):
        home.queues.receive("payments", visibility_timeout=timedelta(0))
    assert home.standing(DLQ) == [HERS.id]

    erased(home, HERS)

    assert home.standing(DLQ) == []


def test_messages_with_texts_of_their_own_are_found_and_removed(home: Home) -> None:
    """Clients may send what they like to a queue, such as a message that they were given."""
    if not isinstance(home, LocalHome):
        pytest.skip("messages on SQS cannot be looked at without receiving them")
    home.keep(routed(OTHER, "payments"))
    home.queues.send("payments", [message("hers"), message("another")])
    found = [text for after in [None] for text in home.erasures.texts(limit=10, after=after).texts]

    removed = home.erasures.remove([found[0].message_id, "00000000-0000-4000-8000-00000000ffff"])

    assert [(text.queue, text.event_id) for text in found] == [
        ("payments", HERS.id),
        ("payments", "transactions:another"),
    ]
    assert found[0].body == message("hers").body
    assert removed == 1
    assert home.standing() == [OTHER.id, "transactions:another"]
