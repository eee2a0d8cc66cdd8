"""The webhook endpoint and the keys of senders, which it fetches before it judges an event."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: the ASGI specification's messages are dictionaries with any values

import pytest

from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.confirmations import MemoryConfirmations
from hookline.config import parse
from hookline.errors import UnavailableError
from unit.embedded.endpoint import JSON, Endpoint
from unit.embedded.fakes import Sender, until
from vectors.senders import VECTORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference
    from unit.embedded.fakes import MovingLoop


class Fetched:
    """Keys that are fetched, or cannot be."""

    def __init__(self, key: bytes | UnavailableError) -> None:
        self.key = key
        self.asked: list[KeyReference] = []
        self.answers = threading.Event()
        self.answers.set()

    def kept(self, reference: KeyReference) -> bytes | None:  # noqa: ARG002 -- the port's shape
        """None is at hand."""
        return None

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:  # noqa: ARG002 -- the port's shape
        """The key."""
        self.asked.append(reference)
        self.answers.wait(10)
        if isinstance(self.key, UnavailableError):
            raise self.key
        return self.key


def signed_by_paypal(**changes: Any) -> tuple[Endpoint, Fetched, Sender]:
    """A source of a sender whose key is fetched, and a call that it made."""
    call = next(one for one in VECTORS if one.name == "paypal-recorded")
    config = parse(
        '[sources.s]\nverify = { scheme = "paypal", secrets = ["S"], tolerance = "1d" }\n[queues.q]\n', base=Path()
    )
    request, _ = call.request()
    scheme: Any = config.schemes["s"]
    source = replace(config.sources[0], verifier=replace(scheme, tolerance=timedelta(days=36500)), **changes)
    keys = Fetched(str(call.document["key"]).encode())
    endpoint = Endpoint(source, secrets=LoadedSecrets({"S": call.secret.encode()}), keys=keys)
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    sender = Sender(request.body, path="/webhook/s", headers=[JSON, *headers])
    return endpoint, keys, sender


def test_a_senders_key_is_fetched_before_its_event_is_judged() -> None:
    """PayPal names its certificate in each call."""
    endpoint, keys, sender = signed_by_paypal()

    endpoint.post(sender)

    assert (sender.status, len(endpoint.stored)) == (200, 1)
    assert [reference.provider for reference in keys.asked] == ["paypal"]


def test_a_key_that_cannot_be_fetched_is_a_503_and_no_refusal() -> None:
    """A 401 would make the sender give up a true event."""
    endpoint, keys, sender = signed_by_paypal()
    keys.key = UnavailableError("keys_unavailable", "nobody there")

    endpoint.post(sender)

    assert (sender.status, endpoint.stored, endpoint.rejected) == (503, [], [])
    assert sender.headers["retry-after"]


def test_a_key_that_does_not_come_is_not_waited_for_beyond_the_deadline() -> None:
    """The deadline is the sender's, whatever its request waits for. What comes too late is not stored."""
    endpoint, keys, sender = signed_by_paypal()
    endpoint.deadline = 1.0
    keys.answers.clear()

    async def main(loop: MovingLoop) -> None:
        started = loop.time()
        task = asyncio.ensure_future(endpoint.call(sender))
        await until(lambda: bool(keys.asked))
        while not task.done():
            await loop.advance(0.25)
        assert loop.time() - started < 2
        keys.answers.set()

    endpoint.run(main)

    assert (sender.status, sender.document["code"]) == (503, "deadline_reached")
    assert endpoint.stored == []


def test_calls_whose_key_is_not_available_do_not_fill_the_log() -> None:
    """Anyone can send such calls: they are counted like all that prove nothing."""
    endpoint, keys, sender = signed_by_paypal(failed_rate_limit=1)
    keys.key = UnavailableError("keys_unavailable", "nobody there")
    senders = [Sender(b"{}", path="/webhook/s", headers=sender.scope["headers"]) for _ in range(20)]

    async def main(_: MovingLoop) -> None:
        for one in senders:
            await endpoint.call(one)

    endpoint.run(main)

    statuses = [one.status for one in senders]
    assert statuses[0] == 503
    assert set(statuses[1:]) <= {503, 429}
    assert statuses.count(429) >= 15
    assert len(endpoint.log.requests) == statuses.count(503)


def test_a_key_that_is_not_the_senders_is_never_asked_for() -> None:
    """Otherwise anyone could have hookline call any address."""
    endpoint, keys, sender = signed_by_paypal()
    headers = dict(sender.scope["headers"]) | {
        b"paypal-cert-url": b"https://api.paypal.com.example.net/v1/notifications/certs/a"
    }
    sender.scope["headers"] = list(headers.items())

    endpoint.post(sender)

    assert (sender.status, keys.asked) == (401, [])
    assert [one.code for one in endpoint.rejected] == ["signature_mismatch"]


@pytest.mark.parametrize(
    ("genuine", "status", "refused"), [(None, 503, []), ((), 401, ["signature_mismatch"])], ids=["no word", "no"]
)
def test_a_call_that_its_sender_does_not_confirm_is_not_taken(
    genuine: tuple[bytes, ...] | None, status: int, refused: list[str]
) -> None:
    """The signature fits, and PayPal says no, or nothing: neither may reach a queue, and only the first is refused permanently."""
    endpoint, _, sender = signed_by_paypal()
    endpoint.confirm_all(MemoryConfirmations(genuine))

    endpoint.post(sender)

    assert (sender.status, endpoint.stored) == (status, [])
    assert [one.code for one in endpoint.rejected] == refused
    assert len(endpoint.confirmations.asked) == 1
