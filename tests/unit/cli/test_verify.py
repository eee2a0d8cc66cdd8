"""``hookline verify``: the senders' own calls from a file, and every reason why one is not theirs."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hookline.cli import main
from hookline.config.toml_text import toml_value
from vectors.senders import FOLDER, OWN_OPTIONS, VECTORS

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from vectors.senders import Recorded

GITHUB = next(one for one in VECTORS if one.name == "github-docs")
SLACK = next(one for one in VECTORS if one.name == "slack")


def verify(vector: Recorded, folder: Path, *words: str, **changes: object) -> Result:
    """The command on the vector, with what ``changes`` replace in its file."""
    file = folder / "call.json"
    file.write_text(json.dumps(vector.document | changes))
    at = ["--at", str(vector.now)] if vector.now is not None and "--at" not in words else []
    secret = ["--secret-env", "THEIRS"] if "--secret-env" not in words else []
    return CliRunner().invoke(
        main,
        ["verify", vector.provider, "--request", str(file), *at, *secret, *words],
        env={"THEIRS": vector.secret, "ANOTHER": "another secret"},
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one.name)
def test_every_recorded_call_is_ok(vector: Recorded, tmp_path: Path) -> None:
    """The command is for finding out what is wrong: it must not be wrong itself."""
    key = tmp_path / "key"
    key.write_text(str(vector.document.get("key", "")))
    words = ["--key", str(key)] if "key" in vector.document else []
    for option, value in OWN_OPTIONS.get(vector.provider, {}).items():
        written = value if isinstance(value, str) else ",".join(value) if isinstance(value, list) else toml_value(value)
        words += ["--option", f"{option}={written}"]

    result = verify(vector, tmp_path, *words)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("ok")


@pytest.mark.parametrize(
    ("changes", "words", "code"),
    [
        ({"body": "token=other"}, [], "signature_mismatch"),
        ({"headers": {}}, [], "signature_missing"),
        ({"headers": {"X-Slack-Signature": "v0=00"}}, [], "timestamp_missing"),
        ({}, ["--at", "1531421000.5"], "timestamp_outside_tolerance"),
        ({}, ["--option", "tolerance=1s", "--at", "1531420620"], "timestamp_outside_tolerance"),
        ({}, ["--secret-env", "ANOTHER"], "signature_mismatch"),
    ],
)
def test_what_does_not_verify_is_reported_with_its_reason(
    tmp_path: Path, changes: dict[str, object], words: list[str], code: str
) -> None:
    """A person looks for the reason, a script for exit code 1."""
    result = verify(SLACK, tmp_path, *words, **changes)

    assert result.exit_code == 1
    assert code in result.stderr
    assert SLACK.secret not in result.output


def test_one_secret_of_several_is_enough_and_is_named(tmp_path: Path) -> None:
    """In a rotation an operator wants to know which of them it was."""
    result = verify(GITHUB, tmp_path, "--secret-env", "ANOTHER", "--secret-env", "THEIRS", "--json")

    assert json.loads(result.stdout) == {"ok": True, "scheme": "github", "secret": "THEIRS"}


def test_repeated_headers_and_exact_bytes_can_be_written(tmp_path: Path) -> None:
    """It must be possible to write down what a proxy did to a call."""
    signature = GITHUB.document["headers"]["X-Hub-Signature-256"]  # type: ignore[index]  # an object in this vector
    changes = {"headers": {"x-hub-signature-256": ["sha256=00", signature]}, "body_base64": "SGVsbG8sIFdvcmxkIQ=="}

    result = verify(GITHUB, tmp_path, body=None, **changes)

    assert result.exit_code == 0, result.output


def test_an_option_describes_a_sender_that_is_not_known_by_name(tmp_path: Path) -> None:
    """``hmac`` has no defaults that fit anyone."""
    vector = replace(GITHUB, scheme="hmac")

    result = verify(vector, tmp_path, "--option", "header=X-Hub-Signature-256", "--option", "prefix=sha256=")

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("words", "changes", "why"),
    [
        (["--secret-env", "NOT_SET"], {}, "NOT_SET: is not set"),
        (["--option", "colour=red"], {}, "no option colour"),
        (["--option", "colour"], {}, "not KEY=VALUE"),
        (["--at", "yesterday"], {}, "not a time in seconds"),
        (["--at", "1e99"], {}, "not a time in seconds"),
        ([], {"headers": ["a"]}, "headers must be an object"),
        ([], {"headers": {"a": 1}}, "the header a must be text"),
        ([], {"form": [["a"]]}, "form must be a list of pairs"),
        ([], {"body": 1}, "body must be text"),
        ([], {"body_base64": "%"}, "is not base64"),
        ([], {"signed_string": "a:b"}, "8 values separated by colons"),
    ],
)
def test_a_wrong_command_or_file_is_neither_ok_nor_a_refusal(
    tmp_path: Path, words: list[str], changes: dict[str, object], why: str
) -> None:
    """Exit code 2: the command found nothing out about the request."""
    result = verify(GITHUB, tmp_path, *words, **changes)

    assert result.exit_code == 2
    assert why in result.stderr


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 100_000])
def test_a_file_that_is_no_request_is_named(text: str) -> None:
    """Standard input has no name of its own, and is called that."""
    result = CliRunner().invoke(
        main, ["verify", "github", "--secret-env", "S", "--request", "-"], input=text, env={"S": "secret"}
    )

    assert result.exit_code == 2
    assert "config_invalid" in result.stderr


def test_a_sender_that_signs_its_url_needs_one_in_the_file(tmp_path: Path) -> None:
    """Without the URL no result is possible."""
    vector = next(one for one in VECTORS if one.name == "square")

    result = verify(vector, tmp_path, url=None)

    assert (result.exit_code, "url: this sender signs the URL" in result.stderr) == (2, True)


@pytest.mark.parametrize("name", ["strip", "no-such-sender", ""])
def test_an_unknown_scheme_is_wrong_usage(tmp_path: Path, name: str) -> None:
    """It is found only by its name."""
    vector = replace(GITHUB, scheme=name)

    result = verify(vector, tmp_path)

    assert (result.exit_code, "there is no scheme" in result.stderr) == (2, True)


def crc(folder: Path, *more: str, **changes: object) -> Result:
    """The command on X's own challenge, with what ``changes`` replace in its file."""
    (document,) = [one for one in json.loads((FOLDER / "vectors.json").read_text()) if one["name"] == "x-crc"]
    file = folder / "call.json"
    file.write_text(json.dumps(document | changes))
    return CliRunner().invoke(
        main, ["verify", "x-crc", "--request", str(file), "--secret-env", "S", *more], env={"S": document["secret"]}
    )


def test_a_recorded_challenge_is_answered_as_its_sender_has_it(tmp_path: Path) -> None:
    """X asks every hour, and removes the webhook after a wrong answer."""
    assert (crc(tmp_path).exit_code, crc(tmp_path).stdout) == (0, "ok\n")
    assert json.loads(crc(tmp_path, "--json").stdout) == {"ok": True, "scheme": "x", "secret": None}


@pytest.mark.parametrize(
    ("changes", "code", "exit_code"),
    [
        ({"response_token": "sha256=AAAA"}, "signature_mismatch", 1),
        ({"crc_token": '{"a":1}'}, "handshake_invalid", 1),
        ({"crc_token": None}, "handshake_invalid", 1),
        ({"response_token": None}, "has no response_token", 2),
    ],
)
def test_a_challenge_with_another_answer_is_refused(
    tmp_path: Path, changes: dict[str, object], code: str, exit_code: int
) -> None:
    """A check that cannot fail would prove nothing."""
    result = crc(tmp_path, **changes)

    assert (result.exit_code, code in result.stderr) == (exit_code, True)


def test_a_key_that_cannot_be_fetched_is_named_with_its_host_and_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network an operator has to see which host was asked for what, and why it failed."""

    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    vector = next(one for one in VECTORS if one.name == "ebay-sdk")
    request, _ = vector.request()
    call = {"method": "POST", "headers": dict(request.headers.items()), "body": request.body.decode()}
    file = tmp_path / "call.json"
    file.write_text(json.dumps(call))
    monkeypatch.setenv("EBAY_CLIENT", "a-client:a-secret-of-some-length")

    reported = CliRunner().invoke(main, ["verify", "ebay", "--secret-env", "EBAY_CLIENT", "--request", str(file)])

    assert reported.exit_code == 1
    assert "[keys_unavailable]" in reported.output
    assert "9936261a-7d7b-4621-a0f1-96ccb428af49" in reported.output
    assert "api.ebay.com" in reported.output
    assert "Temporary failure in name resolution" in reported.output
    assert "a-secret-of-some-length" not in reported.output
