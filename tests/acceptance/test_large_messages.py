"""A message over 1 MiB: its body is on the admin port, for those who may consume the message."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

import boto3  # type: ignore[import-untyped] # boto3 carries no types
import pytest

from acceptance.endpoint import FORWARD_SECRET, endpoint, forward_toml
from acceptance.sender import Sender, sign, transaction
from acceptance.server import EXAMPLE, Server, until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from acceptance.sender import Answer

LARGE = transaction("large", metadata={"padding": "x" * 1_100_000})
EVENT = "transactions:large"
BODY = "/bodies/transactions%3Alarge"
KEYS = {
    "PAYMENTS": "a-secret-for-payments-0123456789",
    "REFUNDS": "a-secret-for-refunds-0123456789",
    "LOOKS": "a-secret-for-a-look-0123456789",
}
ACCESS = """
[[access]]
id = "payments-consumer"
secret = "PAYMENTS"
rights = ["consume"]
queues = ["payments"]
[[access]]
id = "refunds-consumer"
secret = "REFUNDS"
rights = ["consume"]
queues = ["refunds"]
[[access]]
id = "looks"
secret = "LOOKS"
rights = ["view", "operate"]
queues = ["*"]
"""
CONFIG = (
    (EXAMPLE / "hookline.toml")
    .read_text()
    .replace("[sources.transactions]\n", '[sources.transactions]\nmax_body = "4mb"\n')
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that anyone on this machine may call, with one large event, for all tests that only look at it."""
    with Server(tmp_path_factory.mktemp("large"), config=CONFIG) as server:
        send_large(server)
        yield server


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Server]:
    """A server whose callers prove a key, with one large event on the queue ``payments``."""
    with Server(tmp_path, config=CONFIG, more=ACCESS, environment=KEYS) as server:
        send_large(server)
        yield server


def send_large(server: Server) -> None:
    """Send one transaction of more than 1 MiB."""
    with server.sender() as sender:
        assert sender.post(LARGE, headers=sign(LARGE, delivery="msg_large")).status == 202


def get(server: Server, path: str = BODY, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
    """Ask the admin port."""
    with Sender(server.admin_port) as sender:
        return sender.request(method, path, headers=headers or {})


def basic(id_: str, secret: str) -> dict[str, str]:
    """HTTP Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"{id_}:{secret}".encode()).decode()}


def test_a_consumer_gets_the_address_and_there_the_received_bytes(server: Server) -> None:
    """SQS clients refuse more than 1 MiB; no part of a large body is lost because of that."""
    sqs = boto3.client(
        "sqs", endpoint_url=server.admin, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
    )
    url = sqs.get_queue_url(QueueName="payments")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]  # boto3 compares the MD5
    sqs.close()
    event = json.loads(message["Body"])

    answer = get(server, event["dataref"].removeprefix(server.admin))

    assert len(message["Body"]) < 2000
    assert event["dataref"] == f"{server.admin}{BODY}"
    assert not {"data", "data_base64"} & event.keys()
    assert (answer.status, answer.body) == (200, LARGE)
    assert event["bodysha256"] == hashlib.sha256(answer.body).hexdigest()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(hashlib.sha256(LARGE).digest()).decode()}:"


def test_a_browser_never_shows_it_as_a_page(server: Server) -> None:
    """The sender chose the bytes and their type: as a page of the admin port they could read and delete messages."""
    answer = get(server)

    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "attacker.example"}, "host_unknown"),
        ({"X-Forwarded-For": "192.0.2.1"}, "request_forwarded"),
        ({"Forwarded": "for=192.0.2.1"}, "request_forwarded"),
        ({"Origin": "https://attacker.example"}, "request_cross_site"),
        ({"Sec-Fetch-Site": "cross-site"}, "request_cross_site"),
    ],
)
def test_without_a_login_only_programs_of_this_machine_get_it(
    server: Server, headers: dict[str, str], code: str
) -> None:
    """A page that rebinds its name to 127.0.0.1, and a proxy in front, must not get payments' bodies."""
    answer = get(server, headers=headers)

    assert (answer.status, answer.code) == (400 if code == "host_unknown" else 403, code)
    assert LARGE[:100] not in answer.body


def test_a_key_gets_it_while_its_queue_holds_the_event(guarded: Server) -> None:
    """The right to consume payments is the right to their bodies, and no other key's."""
    consumer = basic("payments-consumer", KEYS["PAYMENTS"])

    answers = {
        "its own queue": get(guarded, headers=consumer),
        "no event": get(guarded, "/bodies/transactions%3Anever", headers=consumer),
        "another queue": get(guarded, headers=basic("refunds-consumer", KEYS["REFUNDS"])),
        "no right to consume": get(guarded, headers=basic("looks", KEYS["LOOKS"])),
        "another secret": get(guarded, headers=basic("payments-consumer", "wrong")),
        "no key": get(guarded),
    }

    assert {case: answer.status for case, answer in answers.items()} == {
        "its own queue": 200,
        "no event": 403,
        "another queue": 403,
        "no right to consume": 403,
        "another secret": 401,
        "no key": 401,
    }
    assert answers["its own queue"].body == LARGE


def test_a_key_gets_it_no_more_once_the_message_is_handled(guarded: Server) -> None:
    """A handled message belongs to no consumer any more."""
    sqs = boto3.client(
        "sqs", endpoint_url=guarded.admin, region_name="us-east-1", aws_access_key_id="payments-consumer",
        aws_secret_access_key=KEYS["PAYMENTS"],
    )  # fmt: skip
    url = sqs.get_queue_url(QueueName="payments")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    in_flight = get(guarded, headers=basic("payments-consumer", KEYS["PAYMENTS"]))
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.close()

    handled = get(guarded, headers=basic("payments-consumer", KEYS["PAYMENTS"]))

    assert (in_flight.status, handled.status) == (200, 403)


def test_an_event_that_is_not_there_is_404(server: Server) -> None:
    """Its code is its own: the message was handled long ago, or the address was invented."""
    answer = get(server, "/bodies/transactions%3Anever")

    assert (answer.status, answer.json()["code"]) == (404, "event_not_found")


def test_a_forward_delivers_the_whole_body(tmp_path: Path) -> None:
    """An endpoint cannot reach the admin port."""
    bodies: list[bytes] = []
    with endpoint() as ledger:
        own = ledger.answer

        def answer(headers: dict[str, str], body: bytes) -> int:
            bodies.append(body)
            return own(headers, body)

        ledger.answer = answer  # type: ignore[method-assign] # what else comes in between
        forward = forward_toml(ledger.url)
        with Server(tmp_path, config=CONFIG, more=forward, environment={"FORWARD_SECRET": FORWARD_SECRET}) as server:
            send_large(server)
            until(lambda: ledger.taken, seconds=30)

    assert ledger.taken == {EVENT: 1}
    assert b'"data":' + LARGE in bodies[0]
