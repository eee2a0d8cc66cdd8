"""A message over the size of SQS: whatever a backend leaves out of it, the whole body is available."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from contract.builders import event, routed
from contract.homes import OPENERS
from hookline.domain.message import message_of
from hookline.pipeline.forward_request import whole_text

if TYPE_CHECKING:
    from contract.homes import Home

HOMES = OPENERS

LARGE = json.dumps({"event_id": "evt_1", "padding": "x" * 1_200_000, "amount": "12.50"}).encode()


def test_a_forward_gets_the_whole_of_a_large_message(home: Home) -> None:
    """An endpoint on the internet reaches neither the bucket nor the admin port."""
    large = event(body=LARGE)
    home.keep(routed(large, "payments"))

    (delivery,) = home.queues.receive("payments")
    text = whole_text(home.events, delivery)

    assert text == message_of(home.stored(large.id).event).body
    assert json.loads(text)["data"] == json.loads(LARGE)


def test_a_replayed_large_message_is_the_same_but_for_its_replay(home: Home) -> None:
    """The same code must handle a replayed message."""
    large = event(body=LARGE)
    home.keep(routed(large, "payments"))
    (first,) = home.queues.receive("payments")
    home.queues.delete("payments", [first.receipt])
    home.events.reopen(large.id)
    home.outbox.deliver([routed(home.stored(large.id).event, "payments")])

    (again,) = home.queues.receive("payments")

    assert again.body == first.body
    assert json.loads(again.body)["bodysha256"] == hashlib.sha256(LARGE).hexdigest()
