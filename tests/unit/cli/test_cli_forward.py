"""``hookline forward`` as a process, over a data directory and over an environment on AWS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from acceptance.endpoint import FORWARD_SECRET, endpoint
from contract.aws import BUCKET, ENVIRONMENT
from contract.builders import event as aws_event
from contract.builders import message
from emulator.server import ACCOUNT
from hookline.adapters.aws.bodies import body_key
from hookline.adapters.sqlite import SqliteQueues
from hookline.domain.message import Message, message_of
from processes import running_process
from unit.cli.projects import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from click.testing import Result

    from acceptance.endpoint import Endpoint
    from emulator.server import Emulator
    from unit.cli.projects import Store


@pytest.fixture
def ledger() -> Iterator[Endpoint]:
    """An endpoint."""
    with endpoint() as found:
        yield found


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "this did not come in time"
        time.sleep(0.05)


def forwarding(
    url: str, *more: str, number: signal.Signals | None, when: Callable[[], object], **environment: str
) -> tuple[int, str]:
    """Run the command, and end it with a signal once ``when`` is true; its exit code and its log."""
    words = [sys.executable, "-m", "hookline", "forward", "payments", url, "--secret", "FORWARD_SECRET", *more]
    own: Mapping[str, str] = {**os.environ, "FORWARD_SECRET": FORWARD_SECRET, **environment}
    with running_process(words, env=own, stderr=subprocess.PIPE, text=True) as process:
        until(when)
        if number is not None:
            process.send_signal(number)
        _, said = process.communicate(timeout=120)
    return process.returncode, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_delivers_until_it_is_stopped(store: Store, ledger: Endpoint, number: signal.Signals) -> None:
    """With or without a server: the command works on the queue's messages, and a stop is not a failure."""
    store.accept(event("one"), event("two"))

    code, said = forwarding(ledger.url, "--allow-private", number=number, when=lambda: len(ledger.taken) == 2)

    lines = [json.loads(line) for line in said.splitlines()]
    assert (code, ledger.forged) == (0, 0)
    assert ledger.taken == {"transactions:one": 1, "transactions:two": 1}
    assert [line["event"] for line in lines].count("forwarded") == 2
    assert lines[0]["event"] == "forwarding"
    assert lines[0]["to"] == ledger.url.partition("?")[0]
    assert FORWARD_SECRET not in said


def test_a_producer_cannot_have_the_body_of_another_queues_event_sent(store: Store, ledger: Endpoint) -> None:
    """A message that names any event, and a place for its body, is only text: it may be on a queue of another team."""
    secret = event("secret", body=b'{"amount": "12.30"}')
    store.keep(secret)
    forged = {"specversion": "1.0", "id": secret.id, "dataref": "https://x.example/"}
    with store.open() as database:
        SqliteQueues(database).send("payments", [Message(event_id=secret.id, body=json.dumps(forged).replace(" ", ""))])

    forwarding(ledger.url, "--allow-private", number=signal.SIGTERM, when=lambda: ledger.taken)

    assert ledger.documents == {secret.id: forged}


def test_410_ends_it_and_the_messages_stay(store: Store, run: Callable[..., Result], ledger: Endpoint) -> None:
    """A script must see that nothing is forwarded any more."""
    store.accept(event("one"), event("two"))
    ledger.status = lambda _event_id: 410

    code, said = forwarding(ledger.url, "--allow-private", number=None, when=lambda: ledger.tries)

    assert code == 1
    assert "error [forward_gone]: the endpoint answered 410; the messages of payments stay on it" in said
    assert json.loads(run("queues", "list", "--json").stdout)[0]["visible"] == 2


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["payment", "https://ledger.example.com"], 1, "there is no queue payment"),
        (["payments", "http://ledger.example.com"], 2, "URL: must begin with https://"),
        (["payments", "https://10.0.0.1/"], 2, "10.0.0.1 is a private address"),
        (["payments", "https://ledger.example.com", "--timeout", "0s"], 2, "--timeout: must be longer than 0s"),
        (
            ["payments", "https://ledger.example.com", "--secret", "whsec_RVhBTVBMRS1vbmx5"],
            2,
            "looks like a secret itself",
        ),
        (["payments", "https://ledger.example.com", "--secret", "NOT_SET"], 1, "there is no secret NOT_SET"),
        (["payments", "https://ledger.example.com", "--secret", "PATH"], 1, "the secret PATH is not base64"),
    ],
)
def test_what_is_wrong_is_reported_before_anything_is_sent(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, why: str
) -> None:
    """A typing mistake must not cost a message one of its receives."""
    monkeypatch.setenv("FORWARD_SECRET", FORWARD_SECRET)

    result = run("forward", *words, *([] if "--secret" in words else ["--secret", "FORWARD_SECRET"]))

    assert (result.exit_code, why in result.stderr) == (code, True), result.stderr


def test_a_queue_on_aws_is_delivered_the_same_way(deployed: Emulator, ledger: Endpoint) -> None:
    """The same command, with the secret that AWS keeps, and lines that CloudWatch counts."""
    sqs = deployed.client("sqs")
    url = deployed.queue_url(f"payments-queue-{ENVIRONMENT}")
    deployed.client("ssm").put_parameter(
        Name=f"/hookline/{ENVIRONMENT}/FORWARD_SECRET", Value=FORWARD_SECRET, Type="SecureString", Overwrite=True
    )
    for name in ("a", "b"):
        body = json.dumps({"specversion": "1.0", "id": message(name).event_id, "data": {}})
        sqs.send_message(QueueUrl=url, MessageBody=body)

    code, said = forwarding(
        ledger.url,
        "--allow-private",
        "--target",
        f"aws:{ENVIRONMENT}",
        number=signal.SIGTERM,
        when=lambda: len(ledger.taken) == 2,
        FORWARD_SECRET="",
    )

    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    lines = [json.loads(line) for line in said.splitlines()]
    counted = [line for line in lines if line["event"] == "forwards counted"]
    assert (code, ledger.forged, set(ledger.taken.values())) == (0, 0, {1})
    assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert sum(line["Forwarded"] for line in counted) == 2
    assert counted[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Hookline"
    assert counted[0]["Environment"] == ENVIRONMENT
    assert ACCOUNT not in {line["event"] for line in lines}


def test_a_large_message_on_aws_is_delivered_although_its_event_has_ended(deployed: Emulator, ledger: Endpoint) -> None:
    """The bucket keeps its body for as long as the message may be on its queue."""
    large = aws_event("large", b'{"text":"' + b"x" * 200_000 + b'"}')
    key = body_key(large)
    deployed.client("s3").put_object(Bucket=BUCKET, Key=key, Body=large.body)
    text = message_of(large, f"s3://{BUCKET}/{key}").body
    deployed.client("sqs").send_message(QueueUrl=deployed.queue_url(f"payments-queue-{ENVIRONMENT}"), MessageBody=text)

    code, said = forwarding(
        ledger.url,
        "--allow-private",
        "--target",
        f"aws:{ENVIRONMENT}",
        number=signal.SIGTERM,
        when=lambda: ledger.taken,
    )

    assert (code, ledger.forged) == (0, 0), said
    assert ledger.documents == {large.id: json.loads(message_of(large).body)}


def test_check_shows_forwards_and_checks_their_secrets(
    project: Path, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a server starts: where each queue goes, and that requests can be signed. A query may hold a token, and is not shown."""
    toml = project / "hookline.toml"
    forward = '[[forwards]]\nqueue = "payments"\nurl = "https://ledger.example.com/hooks?token=t0ken"\nsecrets = ["FORWARD_SECRET"]\n'
    toml.write_text(f"{toml.read_text()}\n{forward}")
    monkeypatch.delenv("FORWARD_SECRET", raising=False)

    missing = run("check", "--secrets")
    monkeypatch.setenv("FORWARD_SECRET", FORWARD_SECRET)
    shown, document = run("check", "--secrets"), json.loads(run("check", "--json").stdout)

    assert (missing.exit_code, "forwards[0].secrets: the secret FORWARD_SECRET is missing" in missing.stderr) == (
        2,
        True,
    )
    assert (shown.exit_code, "https://ledger.example.com/hooks" in shown.stdout) == (0, True), shown.stdout
    assert document["forwards"][0]["url"] == "https://ledger.example.com/hooks"
    assert "t0ken" not in shown.stdout + json.dumps(document)
