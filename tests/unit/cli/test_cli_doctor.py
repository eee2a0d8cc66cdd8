"""``doctor``."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import CALLER, armed
from hookline.adapters.sqlite import SqliteHandshakeSecrets, SqliteQuarantine
from hookline.config import load
from hookline.domain.quarantine import QuarantineBounds, RejectedRequest
from hookline.domain.source import KeyReference
from hookline.providers import PROVIDERS
from hookline.runtimes.embedded.settings import read_secrets
from hookline.testing import signed_request
from unit.cli.projects import hookline
from vectors.senders import KEYS, TOPIC, signing_secret_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from hookline.domain.request import Request
    from unit.cli.projects import Store

BODY = b'{"event_id": "evt_1", "transaction_type": "payment"}'
THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def request_of(project: Path, *, body: bytes = BODY, at: datetime = THEN) -> Request:
    """A request as the project's sender signs it."""
    config = load(project / "hookline.toml")
    source = config.sources[0]
    secret = read_secrets(config, project / ".env")[source.secret_names[0]]
    return signed_request(source, config.schemes[source.name], secret, body, at=at)


def written(project: Path, request: Request, **more: object) -> Path:
    """The request's file."""
    path = project / "request.json"
    document = {"method": "POST", "headers": dict(request.headers.items()), "body": request.body.decode(), **more}
    path.write_text(json.dumps(document))
    return path


def reported(result: Result) -> dict[str, object]:
    """The finding of a run with --json."""
    finding: dict[str, object] = json.loads(result.stdout)["finding"]
    return finding


def test_a_file_is_diagnosed(project: Path, run: Callable[..., Result]) -> None:
    """The file comes from the sender's own log: no server and no data are needed."""
    request = request_of(project)
    path = written(project, replace(request, body=BODY + b"\n"))

    result = run("doctor", "transactions", "--request", path)

    assert result.exit_code == 0, result.stderr
    assert "line_end" in result.stdout
    assert "signature_mismatch" in result.stdout
    assert "byte for byte" in result.stdout


def test_a_kept_request_is_diagnosed_by_its_id(store: Store, run: Callable[..., Result]) -> None:
    """Its source is known, and so is the time when it was received."""
    late = replace(request_of(store.project), received_at=THEN + timedelta(hours=1))
    with store.open() as database:
        SqliteQuarantine(database, QuarantineBounds()).keep(
            [RejectedRequest(source="transactions", code="timestamp_outside_tolerance", request=late)]
        )

    result = run("doctor", "--rejected", 1, "--json")

    assert result.exit_code == 0, result.stderr
    assert reported(result)["cause"] == "clock"
    assert "1 hour before" in str(reported(result)["what"])
    assert json.loads(result.stdout)["refusal"]["code"] == "timestamp_outside_tolerance"


def test_what_show_prints_is_a_file_for_it(store: Store, run: Callable[..., Result]) -> None:
    """Somebody without access to the data gets only the request."""
    broken = replace(request_of(store.project), body=BODY + b"\r\n")
    with store.open() as database:
        SqliteQuarantine(database, QuarantineBounds()).keep(
            [RejectedRequest(source="transactions", code="signature_mismatch", request=broken)]
        )
    path = store.project / "shown.json"
    path.write_text(run("rejected", "show", 1, "--json").stdout)

    assert reported(run("doctor", "transactions", "--request", path, "--json"))["cause"] == "line_end"


@pytest.mark.parametrize(
    ("more", "words", "cause"),
    [
        ({}, (), "shape"),
        ({"now": int(THEN.timestamp()) + 7200}, (), "clock"),
        ({"now": int(THEN.timestamp()) + 7200}, ("--at", int(THEN.timestamp())), "shape"),
        ({}, ("--at", int(THEN.timestamp()) - 600), "clock"),
    ],
)
def test_when_it_was_received_is_said_or_left_out_of_it(
    project: Path, run: Callable[..., Result], more: dict[str, int], words: tuple[object, ...], cause: str
) -> None:
    """A request that was saved last week is not late because it is looked at today."""
    path = written(project, request_of(project), **more)

    assert reported(run("doctor", "transactions", "--request", path, *words, "--json"))["cause"] == cause


def test_what_nothing_explains_is_a_failure_with_all_that_was_checked(
    project: Path, run: Callable[..., Result]
) -> None:
    """Scripts see it in the exit code, people in the list."""
    request = request_of(project)
    path = written(project, replace(request, body=b'{"event_id": "evt_2"}'))

    result = run("doctor", "transactions", "--request", path)
    document = json.loads(run("doctor", "transactions", "--request", path, "--json").stdout)

    assert result.exit_code == 1
    assert "No cause was found" in result.stdout
    assert document["finding"] is None
    assert len(document["checked"]) > 10


def test_the_secret_and_the_signature_are_printed_nowhere(project: Path, run: Callable[..., Result]) -> None:
    """People paste the output into tickets."""
    request = request_of(project)
    secret = read_secrets(load(project / "hookline.toml"), project / ".env")["TRANSACTIONS_SECRET"].decode()
    path = written(project, replace(request, body=BODY + b"\n"))

    for words in ((), ("--json",)):
        result = run("doctor", "transactions", "--request", path, *words)
        assert secret.removeprefix("whsec_") not in result.stdout + result.stderr
        assert (request.headers.get("webhook-signature") or "?") not in result.stdout + result.stderr


def test_a_secret_that_no_server_would_start_with_is_noted_and_still_looked_at(
    project: Path, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server refuses it at start: here an operator finds out what it is."""
    request = request_of(project)
    env = project / ".env"
    value = read_secrets(load(project / "hookline.toml"), env)["TRANSACTIONS_SECRET"].decode()
    env.unlink()
    monkeypatch.setenv("TRANSACTIONS_SECRET", f"{value}\n")

    result = run("doctor", "transactions", "--request", written(project, request), "--json")

    assert reported(result)["cause"] == "secret_spelling"
    assert "base64" in json.loads(result.stdout)["notes"][0]


@pytest.mark.parametrize(
    "words",
    [
        ("--at", "1"),
        ("transactions",),
        ("transactions", "--request", "request.json", "--backups", "."),
        ("--request", "request.json"),
        ("transactions", "--request", "request.json", "--rejected", "1"),
        ("transactions", "--request", "request.json", "--key", "request.json"),
    ],
)
def test_wrong_usage_is_refused(project: Path, run: Callable[..., Result], words: tuple[str, ...]) -> None:
    """Before anything is looked at."""
    written(project, request_of(project))

    assert run("doctor", *words).exit_code == 2


@pytest.mark.parametrize("text", ["", "[]", "null", '{"headers": 1}', '{"now": true}', '{"body": 5}', "[" * 100_000])
def test_a_file_that_is_no_request_is_refused_or_diagnosed(
    project: Path, run: Callable[..., Result], text: str
) -> None:
    """Whatever is in it, it is reported, and the command does not crash."""
    path = project / "request.json"
    path.write_text(text)

    result = run("doctor", "transactions", "--request", path, "--json")

    assert result.exit_code in (0, 2)
    assert json.loads(result.stdout or result.stderr)


def test_unknown_sources_requests_and_missing_secrets_are_reported(
    store: Store, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error has their names."""
    path = written(store.project, request_of(store.project))

    nobody = run("doctor", "nobody", "--request", path, "--json")
    nothing = run("doctor", "--rejected", 5, "--json")
    (store.project / ".env").unlink()
    monkeypatch.delenv("TRANSACTIONS_SECRET", raising=False)
    without = run("doctor", "transactions", "--request", path)

    assert json.loads(nobody.stderr)["error"]["code"] == "not_found"
    assert json.loads(nothing.stderr)["error"]["code"] == "not_found"
    assert (without.exit_code, "TRANSACTIONS_SECRET is missing" in without.stderr) == (2, True)


def test_it_works_on_standard_input(project: Path) -> None:
    """The output of one command is the input of the next."""
    text = written(project, request_of(project)).read_text()

    done = hookline("doctor", "transactions", "--request", "-", "--json", cwd=project, input=text)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["finding"]["cause"] == "shape"


def test_a_secret_that_the_sender_brought_is_looked_at_too(store: Store, run: Callable[..., Result]) -> None:
    """It is in no file: without it the doctor could say nothing about such a sender."""
    config = store.project / "hookline.toml"
    config.write_text(
        config.read_text() + '\n[sources.asana]\nverify = { scheme = "asana", secrets = ["ASANA_SECRET"] }\n'
    )
    loaded = load(config)
    source = next(one for one in loaded.sources if one.name == "asana")
    sent = signed_request(source, loaded.schemes["asana"], b"brought-by-a-handshake", b'{"events": []}', at=THEN)
    broken = replace(sent, body=sent.body + b"\n")
    with store.open() as database:
        handshake_secrets = SqliteHandshakeSecrets(database)
        handshake_secrets.arm(armed("asana", "ASANA_SECRET", datetime.now(UTC) + timedelta(minutes=5)))
        assert handshake_secrets.keep("asana", ["ASANA_SECRET"], b"brought-by-a-handshake", CALLER) == "ASANA_SECRET"
        SqliteQuarantine(database, QuarantineBounds()).keep(
            [RejectedRequest(source="asana", code="signature_mismatch", request=broken)]
        )

    result = run("doctor", "--rejected", 1, "--json")

    assert result.exit_code == 0, result.stderr
    assert reported(result)["cause"] == "line_end"


def test_a_senders_public_key_may_be_given(project: Path, run: Callable[..., Result]) -> None:
    """Where the sender's host cannot be reached, or its key has changed since."""
    config = project / "hookline.toml"
    config.write_text(
        config.read_text() + f'\n[sources.topic]\nverify = {{ scheme = "aws-sns", topics = ["{TOPIC}"] }}\n'
    )
    loaded = load(config)
    source = next(one for one in loaded.sources if one.name == "topic")
    sample = PROVIDERS["aws-sns"].sample
    assert sample is not None
    body, _ = sample.filled("msg_1", THEN)
    request = signed_request(source, loaded.schemes["topic"], signing_secret_of("aws-sns"), body, at=THEN)
    key = project / "key.pem"
    key.write_bytes(KEYS.fetch(KeyReference(provider="aws-sns", name="any")))

    result = run("doctor", "topic", "--request", written(project, request), "--key", key, "--json")

    assert result.exit_code == 0, result.stderr
    assert reported(result)["cause"] == "nothing"
