"""What senders and the log get when routing, a secret or the storage fails."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING  # Any: the ASGI specification's messages are dictionaries with any values

import pytest

from contract.builders import event, routed
from hookline.domain.event import Status
from hookline.errors import UnavailableError
from unit.embedded.endpoint import Endpoint, Everything, FailingStore, HangingDisk, body_of
from unit.embedded.fakes import Sender, settled, source, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified
    from unit.embedded.fakes import MovingLoop


def test_an_event_whose_routing_fails_is_stored_and_acknowledged() -> None:
    """A mistake in a rule must not cost an event: it waits in the outbox, recovery takes it from there, and the log has the fault."""
    endpoint = Endpoint(rule=Everything(ZeroDivisionError("in a rule")))
    sender = Sender(body_of())

    endpoint.post(sender)

    (kept,) = endpoint.memory.state.events.values()
    assert sender.status == 202
    assert kept.stored.event.status is Status.RECEIVED
    assert endpoint.memory.standing() == []
    assert endpoint.log.texts("error") == ["routing transactions:evt_1 failed; it is stored and will be tried again"]


class Broken:
    """A verifier with a bug."""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- the Verifier protocol's shape
        """Fail in a way that nobody foresaw."""
        raise KeyError("/etc/hookline/internal")


def test_a_fault_that_nobody_foresaw_is_a_503_and_a_line_in_the_log() -> None:
    """Verification fails closed; the sender keeps the event and sends it again, and learns nothing about the inside of the server."""
    endpoint = Endpoint(source(verifier=Broken()))
    sender = Sender(body_of())

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (503, "internal_fault")
    assert sender.headers["retry-after"] == "5"
    assert "/etc" not in json.dumps(sender.document)
    assert endpoint.stored == []
    assert endpoint.log.texts("error") == ["answering a request failed"]
    assert "/etc/hookline/internal" in str(endpoint.log.lines[0].fields["traceback"])


def test_a_secret_that_cannot_be_read_is_ours_and_not_the_senders_fault() -> None:
    """A 401 would make the sender give up; and nothing is accepted without verification."""
    endpoint = Endpoint(source(secret_names=("GONE",)))
    sender = Sender(body_of())

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (503, "secrets_unavailable")
    assert "GONE" not in json.dumps(sender.document)
    assert endpoint.stored == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (UnavailableError("storage_unavailable", "SQLite: the disk is full"), "storage_unavailable"),
        (ZeroDivisionError("a bug"), "internal_fault"),
    ],
)
def test_a_storage_that_fails_is_a_503_that_names_the_event(endpoint: Endpoint, fault: Exception, code: str) -> None:
    """Both the sender's operator and ours can name the event by its id."""
    endpoint.store = FailingStore(fault)
    sender = Sender(body_of())

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (503, code)
    assert sender.document["event_id"] == "transactions:evt_1"
    assert "SQLite" not in json.dumps(sender.document)


def test_no_answer_leaves_before_the_event_is_durable(endpoint: Endpoint) -> None:
    """Promise 1, as ASGI sees it."""
    sender = Sender(body_of())

    async def main(_: MovingLoop) -> None:
        batch = endpoint.store.stage([routed(event("other"), "payments")])
        assert batch is not None
        task = asyncio.ensure_future(endpoint.call(sender))
        await settled()
        await asyncio.sleep(0.05)
        early = sender.status
        batch.commit()
        await until(task.done)
        assert early is None

    endpoint.run(main)

    assert sender.status == 202


def test_no_success_is_answered_after_the_deadline(endpoint: Endpoint) -> None:
    """A process on a paused machine may commit only after the sender was due a 503."""
    disk = HangingDisk()
    endpoint.store = disk.over(endpoint.store)
    late, again = Sender(body_of()), Sender(body_of())

    async def main(loop: MovingLoop) -> None:
        task = asyncio.ensure_future(endpoint.call(late))
        await settled()
        disk.answers.set()
        disk.committed.wait(10)
        loop.pause(11)
        await task
        await endpoint.call(again)

    endpoint.run(main)

    assert (late.status, late.document["code"]) == (503, "deadline_reached")
    assert again.status == 200


def test_the_deadline_counts_from_the_arrival_of_the_whole_body(endpoint: Endpoint) -> None:
    """The protocol reports when the body was complete: the deadline includes the loop's delay since then."""

    async def main(loop: MovingLoop) -> None:
        sender = Sender(body_of())
        sender.scope["hookline.arrived"] = loop.time() - 10.5
        await endpoint.call(sender)
        assert (sender.status, sender.document["code"]) == (503, "deadline_reached")

    endpoint.run(main)

    assert endpoint.stored == []


def test_the_log_has_one_line_for_each_request(endpoint: Endpoint) -> None:
    """The outcome and the id allow an operator to answer a sender's question."""
    senders = [Sender(body_of("a")), Sender(body_of("a")), Sender(b"{"), Sender(body_of("a", 5))]

    async def main(_: MovingLoop) -> None:
        for sender in senders:
            await endpoint.call(sender)

    endpoint.run(main)

    assert endpoint.log.requests == [
        (202, "accepted", "transactions:a"),
        (200, "duplicate", "transactions:a"),
        (400, "body_not_json", None),
        (409, "delivery_conflict", "transactions:a"),
    ]
