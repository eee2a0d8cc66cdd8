"""Bodies that are made to take long: their senders wait, and nobody else does."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import transaction
from acceptance.server import Server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MIB = 1024 * 1024
KEY = "another-secret-of-thirty-two-bytes"
SOURCES = """
[sources.twilio]
public_url = "https://hooks.example.com/webhook/twilio"
failed_rate_limit = 100000
verify = { scheme = "twilio", secrets = ["HEAVY"] }
[sources.braintree]
failed_rate_limit = 100000
verify = { scheme = "braintree", secrets = ["PAIR"] }
[sources.mailgun]
failed_rate_limit = 100000
verify = { scheme = "mailgun", secrets = ["HEAVY"] }
"""
FORM = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "AAAA"}
HEAVY = {
    "twilio": (b"a=" + b"%41" * (MIB // 3 - 10), FORM),
    "braintree": (b"bt_signature=a%7Cb&bt_payload=" + b"%51" * (MIB // 3 - 20), FORM),
    "mailgun": (b"[" + (b"[" * 100 + b"]" * 100 + b",") * 5200 + b"1]", {"Content-Type": "application/json"}),
}
PLAIN = b"a=" + b"x" * MIB
SECONDS = 3.0


@pytest.mark.parametrize("source", HEAVY)
def test_bodies_that_take_long_to_read_do_not_keep_others_waiting(tmp_path: Path, source: str) -> None:
    """Three send nothing but such bodies, and one sends events: it waits about as long as with other bodies of that size.

    Without bounds, the bodies of 1 MB took half a second each on the only event loop.
    """
    body, headers = HEAVY[source]
    with Server(tmp_path, more=SOURCES, environment={"HEAVY": KEY, "PAIR": f"a_key|{KEY}"}) as server:
        plain, _ = _waits_during(server, "plain", f"/webhook/{source}", PLAIN[: len(body)], headers)
        heavy, statuses = _waits_during(server, "heavy", f"/webhook/{source}", body, headers)

    assert set(statuses) == {401}
    assert heavy < 5 * plain + 0.1


def _waits_during(
    server: Server, name: str, path: str, body: bytes, headers: Mapping[str, str]
) -> tuple[float, list[int]]:
    """How long one sender's event takes (median) while others send ``body``, and the answers that those get."""
    end = time.monotonic() + SECONDS
    statuses: list[int] = []

    def flood() -> None:
        with server.sender(timeout=60) as sender:
            while time.monotonic() < end:
                statuses.append(sender.post(body, path=path, headers=headers).status)

    threads = [threading.Thread(target=flood) for _ in range(3)]
    for thread in threads:
        thread.start()
    waits: list[float] = []
    with server.sender(timeout=60) as sender:
        while time.monotonic() < end:
            started = time.monotonic()
            assert sender.post(transaction(f"{name}_{len(waits)}")).status == 202
            waits.append(time.monotonic() - started)
            time.sleep(0.005)
    for thread in threads:
        thread.join()
    return sorted(waits)[len(waits) // 2], statuses


def test_the_largest_push_with_half_an_emoji_in_it_is_taken(tmp_path: Path) -> None:
    """GitHub sends up to 25 MB, once: at the settings that nobody changed, the slow parser took longer than the disk may."""
    more = '[sources.github]\nverify = { scheme = "github", secrets = ["HEAVY"] }\n'
    record = '{"id":%d,"node":"MDQ6VXNlcjE=","url":"https://api.example.com/users/x","n":[1,2.5,true,null],"text":"h\\u00e9"}'
    records = ",".join(record % number for number in range(216_000))
    body = f'{{"action":"opened","title":"cut \\ud83d","records":[{records}]}}'.encode()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": "half-an-emoji",
        "X-Hub-Signature-256": f"sha256={hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()}",
    }
    with Server(tmp_path, more=more, environment={"HEAVY": KEY}) as server, server.sender(timeout=60) as sender:
        answer = sender.post(body, path="/webhook/github", headers=headers)
        stored = server.rows("SELECT id, status FROM events")
        queued = server.rows("SELECT queues.name FROM messages JOIN queues ON queues.id = messages.queue")

    assert 24_000_000 < len(body) < 25_000_000
    assert (answer.status, answer.json()["event_id"]) == (202, "github:half-an-emoji")
    assert stored == [("github:half-an-emoji", "unmatched")]
    assert queued == [("unrouted",)]
