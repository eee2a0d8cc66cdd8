"""A queue leaves hookline.toml between two starts: it is reported, and its messages are still available."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from acceptance.sender import Sender
from acceptance.server import Server

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "s3cr3t-for-tests-123"
AFTER = """
[sources.shop]
verify = { scheme = "hmac", secrets = ["S"], header = "X-Sig" }
id = "id"
type = "type"
[queues.payments]
[[routes]]
match = { type = ["payment"] }
queues = ["payments"]
"""
BEFORE = f"""{AFTER}
[queues.refunds]
[[routes]]
match = {{ type = ["refund"] }}
queues = ["refunds"]
"""


def serving(folder: Path, config: str) -> Server:
    """A server of one source that signs with a secret of the test."""
    return Server(folder, config=config, environment={"S": SECRET})


def send(server: Server, body: bytes) -> int:
    """Post ``body``, signed."""
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    with server.sender() as sender:
        headers = {"Content-Type": "application/json", "X-Sig": signature}
        return sender.post(body, path="/webhook/shop", headers=headers).status


def test_a_queue_that_left_the_configuration_is_reported_and_can_be_drained(tmp_path: Path) -> None:
    """Its message was acknowledged: it must neither be lost nor be out of reach."""
    with serving(tmp_path, BEFORE) as server:
        assert send(server, b'{"id":"r1","type":"refund"}') == 202
        server.terminate()

    with serving(tmp_path, AFTER) as server:
        warned = server.wait_for("queue is stored, but hookline.toml no longer has it")
        with Sender(server.admin_port) as sender:
            url = sender.sqs("GetQueueUrl", QueueName="refunds")["QueueUrl"]
        taken = list(server.taken("refunds"))
        later = send(server, b'{"id":"r2","type":"refund"}')
        (stranded,) = server.rows(
            "SELECT count(*) FROM messages WHERE queue = (SELECT id FROM queues WHERE name = 'refunds')"
        )
        server.terminate()

    assert (warned["level"], warned["code"], warned["name"], warned["messages"]) == (
        "warning",
        "queue_not_configured",
        "refunds",
        1,
    )
    assert url.endswith("/refunds")
    assert taken == ["shop:r1"]
    assert (later, stranded) == (202, (1,))  # the new one is on unrouted, and the old one is in a consumer's hands


def test_a_start_that_leaves_nothing_behind_warns_of_nothing(tmp_path: Path) -> None:
    """A warning at every start is a warning that nobody reads."""
    with serving(tmp_path, BEFORE) as server:
        server.terminate()
    with serving(tmp_path, AFTER) as server:
        server.terminate()
        warnings = [line for line in server.lines if line.get("level") == "warning"]

    assert warnings == []
