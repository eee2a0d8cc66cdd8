"""``hookline send``, one event at a time: against a real server and against strangers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import aiohttp
import pytest
from click.testing import CliRunner, Result

from hookline.cli import main
from unit.cli.sending import NOBODY, serving
from unit.cli.strangers import stranger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from unit.cli.sending import Project

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One server for all."""
    with serving(tmp_path_factory.mktemp("served")) as project:
        yield project


@pytest.fixture
def run(served: Project) -> Run:
    """The command."""
    return served.send


def test_prints_the_event_id_and_what_became_of_it(run: Run, served: Project) -> None:
    """A user looks the event up by its id; a second try must not look like a second event."""
    body = served.write(served.sample() | {"event_id": "evt_single"})

    first, second = run("transactions", body), run("transactions", body)

    assert (first.stdout, first.exit_code) == ("transactions:evt_single accepted\n", 0)
    assert (second.stdout, second.exit_code) == ("transactions:evt_single duplicate\n", 0)


def test_reads_standard_input(run: Run, served: Project) -> None:
    """A body is often the output of another program."""
    body = json.dumps(served.sample() | {"event_id": "evt_stdin"}).encode()

    result = run("transactions", "-", stdin=body)

    assert result.stdout == "transactions:evt_stdin accepted\n"


def test_json_gives_the_whole_answer(run: Run, served: Project) -> None:
    """Scripts need status, time and document, and nothing else on standard output."""
    body = served.write(served.sample() | {"event_id": "evt_json"})

    answer = json.loads(run("transactions", body, "--json").stdout)

    assert answer.pop("ms") > 0
    expected = {"event_id": "transactions:evt_json", "status": "accepted"}
    assert answer == {"status": 202, "answer": expected, "fault": None}


def test_no_secret_of_a_consumer_is_needed(run: Run, served: Project) -> None:
    """A user who tries a sender out does not have the key of a consumer, and must not need one."""
    config = served.folder / "with-access.toml"
    key = '\n[[access]]\nid = "consumer"\nsecret = "CONSUMER_SECRET"\nrights = ["consume"]\nqueues = ["payments"]\n'
    config.write_text((served.folder / "hookline.toml").read_text() + key)
    body = served.write(served.sample() | {"event_id": "evt_without_access"})

    result = run("transactions", body, "--config", config)

    assert result.stdout == "transactions:evt_without_access accepted\n", result.stderr


def test_a_refusal_says_what_is_wrong_and_what_to_do(run: Run, served: Project) -> None:
    """Somebody who tries out a schema must see which field it is, without looking anything up."""
    body = served.write(served.sample() | {"amount": "12,5"})

    result = run("transactions", body)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "400 schema_mismatch" in result.stderr
    assert "/amount:" in result.stderr
    assert "→ Fix the fields that the JSON pointers" in result.stderr


def test_a_conflict_is_not_success(run: Run, served: Project) -> None:
    """Another body under a known id is not taken, and the exit code has to say so."""
    run("transactions", served.write(served.sample() | {"event_id": "evt_conflict"}))

    result = run("transactions", served.write(served.sample() | {"event_id": "evt_conflict", "amount": "1.00"}))

    assert result.exit_code == 1
    assert "409 delivery_conflict" in result.stderr


def test_nobody_there_is_said_in_a_sentence(run: Run, served: Project) -> None:
    """Users forget to start the server more often than anything else: they should not get a traceback."""
    result = run("transactions", served.folder / "samples/payment.json", "--url", NOBODY)

    assert result.exit_code == 1
    assert result.stderr == (
        "Nothing listens on http://127.0.0.1:1: connection refused. Start it with `hookline serve`, or name its URL with --url.\n"
    )


def test_a_password_in_the_url_is_not_printed(run: Run, served: Project) -> None:
    """Terminals are recorded and shared."""
    result = run("transactions", served.folder / "samples/payment.json", "--url", "http://me:hunter2@127.0.0.1:1")

    assert "hunter2" not in result.output


@pytest.mark.parametrize("url", ["http://a..b", f"http://{'a' * 70}.example", "http://no.such.host.invalid"])
def test_a_host_that_cannot_be_is_said_in_a_sentence(run: Run, served: Project, url: str) -> None:
    """The client library raises three different kinds of error for these."""
    result = run("transactions", served.folder / "samples/payment.json", "--url", url)

    assert result.exit_code == 1
    assert "host name not found" in result.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nobody", "samples/payment.json"), "there is no source 'nobody'; there are transactions, by-header"),
        (("transactions", "no-such-file"), "no-such-file"),
        (("transactions", "samples/payment.json", "--url", "ftp://example.com"), "is not an http or https URL"),
        (("transactions", "samples/payment.json", "--url", "http://[::1"), "is not an http or https URL"),
        (("transactions", "samples/payment.json", "--header", "no colon"), "is not NAME:VALUE"),
        (("transactions", "samples/payment.json", "--header", "a b:c"), "is not NAME:VALUE"),
        (("transactions", "samples/payment.json", "--header", "a:b\r\nc:d"), "is not NAME:VALUE"),
        (("transactions", "samples/payment.json", "--count", "0"), "--count"),
        (("transactions", "samples/payment.json", "--rate", "0"), "--rate"),
    ],
)
def test_wrong_usage_is_reported_with_exit_code_2(
    run: Run, served: Project, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], why: str
) -> None:
    """A script must be able to distinguish its own mistake from the server's answer."""
    monkeypatch.chdir(served.folder)

    result = run(*words)

    assert result.exit_code == 2
    assert why in result.stderr


def test_a_missing_secret_stops_only_its_own_source(
    run: Run, served: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user who tries one source out need not have the secrets of all."""
    monkeypatch.delenv("NOBODY_HAS_IT", raising=False)
    lines = (served.folder / ".env").read_text().splitlines(keepends=True)
    few = tmp_path / "few.env"
    few.write_text("".join(line for line in lines if "NOBODY_HAS_IT" not in line))
    body = served.write({"event_id": "evt_few"}, "few.json")

    good = run("by-header", body, "--env-file", few)
    bad = run("missing-secret", body, "--env-file", few)

    assert good.exit_code == 0
    assert bad.exit_code == 2
    assert "the secret NOBODY_HAS_IT is missing" in bad.stderr


def test_a_given_id_header_is_kept(run: Run, served: Project) -> None:
    """To repeat one delivery exactly, the user chooses its id, and it is signed with it."""
    body = served.write({"transaction_type": "payment"})

    result = run("by-scheme", body, "--header", "Webhook-Id:chosen")
    many = run("by-scheme", body, "--header", "Webhook-Id:chosen", "--count", 2)

    assert result.stdout == "by-scheme:chosen accepted\n"
    assert many.exit_code == 2


def test_a_base_gets_the_sources_path_and_a_full_url_stays(run: Run, served: Project) -> None:
    """The deployed endpoint has a stage before its path: what was given in full must not be changed."""
    with stranger() as there:
        run("by-header", served.folder / "samples/payment.json", "--url", f"{there.url}/")
        run("by-header", served.folder / "samples/payment.json", "--url", f"{there.url}/prod/webhook")

    assert there.paths == ["/webhook/by-header", "/prod/webhook"]


def test_headers_of_ones_own_are_sent(run: Run, served: Project) -> None:
    """Some gateways need a key of their own; and a user may want to try a wrong media type."""
    headers = ("--header", "X-Api-Key: one", "--header", "content-type:text/plain")
    with stranger() as there:
        run("transactions", served.folder / "samples/payment.json", "--url", there.url, *headers)

    (seen,) = there.seen
    assert (seen["x-api-key"], seen["content-type"]) == ("one", "text/plain")
    assert "webhook-signature" in seen


def test_an_answer_that_breaks_off_is_said(run: Run, served: Project) -> None:
    """Whether the event was taken is unknown then, and must not look like either."""
    with stranger(breaks_off=True) as there:
        result = run("transactions", served.folder / "samples/payment.json", "--url", there.url)

    assert result.exit_code == 1
    assert result.stderr == f"No answer from {there.url}: connection lost.\n"


def test_an_answer_that_does_not_come_is_said(run: Run, served: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test tool that never ends blocks a build."""
    monkeypatch.setattr("hookline.demo.traffic._TIMEOUT", aiohttp.ClientTimeout(total=0.1))
    with stranger(pause=0.5) as there:
        result = run("transactions", served.folder / "samples/payment.json", "--url", there.url)

    assert result.exit_code == 1
    assert result.stderr == f"No answer from {there.url}: no answer in time.\n"


def test_https_to_a_server_without_it_is_said(run: Run, served: Project) -> None:
    """One wrong letter in the URL is enough."""
    url = served.url.replace("http:", "https:")

    result = run("transactions", served.folder / "samples/payment.json", "--url", url)

    assert result.stderr == f"No answer from {url}: TLS failed.\n"


def test_a_strangers_success_is_success(run: Run, served: Project) -> None:
    """Other receivers answer 2xx with whatever they like."""
    with stranger(status=200, body=b"[accepted]") as there:
        result = run("transactions", served.folder / "samples/payment.json", "--url", there.url)

    assert (result.stdout, result.exit_code) == ("accepted\n", 0)


def test_a_strangers_refusal_is_said_to_be_one(run: Run, served: Project) -> None:
    """A proxy's error page must not look like hookline's answer; and no redirect is followed with a signed body."""
    with stranger(status=302, body=b"<html>", headers={"location": "/elsewhere"}) as there:
        single = run("transactions", served.folder / "samples/payment.json", "--url", there.url)
        many = run("transactions", served.folder / "samples/payment.json", "--url", there.url, "--count", 2, "--json")

    assert single.exit_code == 1
    assert single.stderr.startswith("302 from a server that is not hookline")
    assert json.loads(many.stdout)["rejected"] == {"http_302": 2}
    assert "/elsewhere" not in there.paths


def test_an_answer_in_pieces_is_read_whole(run: Run, served: Project) -> None:
    """A list of complaints can be longer than a packet."""
    errors = [{"pointer": f"/{number}", "reason": "wrong"} for number in range(2000)]
    problem = json.dumps({"code": "schema_mismatch", "detail": "no", "errors": errors}).encode()
    with stranger(status=400, body=problem, pieces=5) as there:
        result = run("transactions", served.folder / "samples/payment.json", "--url", there.url)

    assert "/1999: wrong" in result.stderr
    assert "→ Fix the fields" in result.stderr


def test_an_answer_does_not_steer_the_terminal(run: Run, served: Project) -> None:
    """The server at the other end may send escape sequences."""
    problem = json.dumps({"code": "\x1b[2Jx", "detail": "\x1b]0;owned\x07"}).encode()
    with stranger(status=400, body=problem) as there:
        single = run("transactions", served.folder / "samples/payment.json", "--url", there.url)
        many = run("transactions", served.folder / "samples/payment.json", "--url", there.url, "--count", 2)

    assert "\x1b" not in single.output + many.output
    assert "\x07" not in single.output + many.output


def test_the_configured_port_is_the_default(served: Project, tmp_path: Path) -> None:
    """A user who serves on another port should not have to say it twice."""
    config = tmp_path / "hookline.toml"
    config.write_text(
        '[server]\nhost = "0.0.0.0"\nport = 1\n[queues.q]\n[sources.s]\nverify = { scheme = "none" }\nid = "id"\n'
    )

    result = CliRunner().invoke(
        main, ["send", "s", str(served.folder / "samples/payment.json"), "--config", str(config)]
    )

    assert "Nothing listens on http://127.0.0.1:1:" in result.stderr
