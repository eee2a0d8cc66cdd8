"""What a store says about an event whose queues do not say which messages they have."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import START, event, routed, waiting
from contract.homes import AwsHome
from hookline.ports.event_store import PutOnQueues

if TYPE_CHECKING:
    from contract.homes import Home


def test_where_the_queues_do_not_say_it_the_store_says_on_which_the_messages_were_put(home: Home) -> None:
    """SQS finds no message by its event: that it was put on a queue, and when, is all that an operator can learn there."""
    home.keep(waiting(event("a")))
    home.clock.advance(timedelta(minutes=1))
    before = home.stored(event("a").id).put

    home.outbox.deliver([routed(event("a"), "payments", "refunds")])

    expected = PutOnQueues(at=START + timedelta(minutes=1), queues=("payments", "refunds"))
    assert before is None
    assert home.stored(event("a").id).put == (expected if isinstance(home, AwsHome) else None)


def test_a_replay_is_what_was_put_last(home: Home) -> None:
    """A person looks for the last time; the times before are in the log."""
    if not isinstance(home, AwsHome):
        return
    home.keep(routed(event("a"), "payments"))
    home.events.reopen(event("a").id)
    home.clock.advance(timedelta(hours=1))

    home.outbox.deliver([routed(event("a"), "refunds")])

    assert home.stored(event("a").id).put == PutOnQueues(at=START + timedelta(hours=1), queues=("refunds",))
