"""``rejected``."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.sqlite import SqliteQuarantine
from hookline.config import load
from hookline.domain.quarantine import QuarantineBounds, RejectedRequest
from hookline.runtimes.embedded.settings import read_secrets
from hookline.testing import signed_request
from unit.cli.test_cli_replay import on_queue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from unit.cli.projects import Store

LONG_AGO = timedelta(days=3)
STRANGER = b"whsec_c3RyYW5nZXJzIHNpZ24gd2l0aCB0aGlzIHNlY3JldA=="


@pytest.fixture
def keep(store: Store, project: Path) -> Callable[..., list[int]]:
    """Puts requests for events of these ids into the quarantine, signed with the project's secret unless another is given."""

    def kept(*names: str, secret: bytes | None = None, body: bytes | None = None) -> list[int]:
        config = load(project / "hookline.toml")
        source = config.sources[0]
        value = secret or read_secrets(config, project / ".env")[source.secret_names[0]]
        at = datetime.now(UTC) - LONG_AGO
        requests = [
            signed_request(source, config.schemes[source.name], value, body or _payment(name), at=at) for name in names
        ]
        with store.open() as database:
            quarantine = SqliteQuarantine(database, QuarantineBounds())
            quarantine.keep(
                [RejectedRequest(source=source.name, code="signature_mismatch", request=one) for one in requests]
            )
            return quarantine.ids()

    return kept


def _payment(name: str) -> bytes:
    document = {
        "event_id": name,
        "transaction_type": "payment",
        "timestamp": "2026-01-02T03:04:05Z",
        "amount": "12.30",
        "currency": "EUR",
        "merchant_id": "m_1",
    }
    return json.dumps(document).encode()


def test_the_list_is_the_newest_first_in_pages(keep: Callable[..., list[int]], run: Callable[..., Result]) -> None:
    """A person looks for the request that was refused a minute ago."""
    first, second, third = keep("a", "b", "c")

    page = json.loads(run("rejected", "list", "--limit", "2", "--json").stdout)
    rest = json.loads(run("rejected", "list", "--before", page[-1]["id"], "--json").stdout)
    nobody = json.loads(run("rejected", "list", "--source", "nobody", "--json").stdout)

    assert [one["id"] for one in page] == [third, second]
    assert [one["id"] for one in rest] == [first]
    assert page[0]["code"] == "signature_mismatch"
    assert (page[0]["source"], page[0]["url"], page[0]["size"]) == ("transactions", "/webhook", len(_payment("c")))
    assert nobody == []
    assert f"--before {second}" in run("rejected", "list", "--limit", "2").stderr


def test_one_is_shown_as_it_came(keep: Callable[..., list[int]], run: Callable[..., Result]) -> None:
    """Signature, headers and body: a person compares them with the sender's own log."""
    (number,) = keep("a")

    text = run("rejected", "show", number).stdout
    document = json.loads(run("rejected", "show", number, "--json").stdout)

    assert "webhook-signature:" in text
    assert _payment("a").decode() in text
    assert document["body"] == _payment("a").decode()
    assert document["headers"]["webhook-signature"][0].startswith("v1,")
    assert abs(document["now"] - (datetime.now(UTC) - LONG_AGO).timestamp()) < 60


def test_what_fits_the_current_configuration_is_accepted_in_order_and_no_longer_kept(
    keep: Callable[..., list[int]], run: Callable[..., Result]
) -> None:
    """A wrong secret was fixed, days later: each request is accepted as if that had happened when it was received."""
    numbers = keep("a", "b", "c")

    result = run("rejected", "retry", "--json")

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == [
        {
            "id": number,
            "accepted": True,
            "outcome": "new",
            "event_id": f"transactions:{name}",
            "queues": ["payments"],
        }
        for number, name in zip(numbers, "abc", strict=True)
    ]
    assert on_queue(run, "payments") == ["transactions:a", "transactions:b", "transactions:c"]
    shown = json.loads(run("events", "show", "transactions:a", "--json").stdout)
    received = datetime.fromisoformat(shown["received_at"])
    assert abs(datetime.now(UTC) - LONG_AGO - received) < timedelta(minutes=1)
    assert json.loads(run("rejected", "list", "--json").stdout) == []


ONLY_SERVING = """
[sources.other]
verify = { scheme = "standard-webhooks", secrets = ["OTHER_SECRET"] }
id = "event_id"

[[access]]
id = "consumer"
secret = "CONSUMER_SECRET"
rights = ["consume"]
queues = ["payments"]

[[forwards]]
queue = "refunds"
url = "https://example.com/refunds"
secrets = ["FORWARD_SECRET"]
"""


def test_a_retry_needs_only_the_secrets_of_the_sources_that_it_tries(
    keep: Callable[..., list[int]], run: Callable[..., Result], project: Path
) -> None:
    """An operator's shell has no secret of a consumer, and need not have one of another sender."""
    (number,) = keep("a")
    with (project / "hookline.toml").open("a") as file:
        file.write(ONLY_SERVING)

    everything = run("rejected", "retry")
    result = run("rejected", "retry", "--source", "transactions", "--json")

    assert everything.exit_code != 0
    assert "OTHER_SECRET" in everything.stderr
    assert "CONSUMER_SECRET" not in everything.stderr
    assert "FORWARD_SECRET" not in everything.stderr
    assert [(one["id"], one["accepted"]) for one in json.loads(result.stdout)] == [(number, True)]


def test_what_is_refused_again_stays_and_keeps_no_other_back(
    keep: Callable[..., list[int]], run: Callable[..., Result]
) -> None:
    """A forgery among a hundred must neither be accepted nor stop the others."""
    (forged,) = keep("a", secret=STRANGER)
    (_, misshapen, good) = (*keep("b", body=b'{"event_id": 1}'), *keep("c")[2:])

    result = run("rejected", "retry", "--json")

    first, second, third = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (first["id"], first["error"]["code"]) == (forged, "signature_mismatch")
    assert (second["id"], second["error"]["code"]) == (misshapen, "schema_mismatch")
    assert (third["id"], third["accepted"]) == (good, True)
    assert [one["id"] for one in json.loads(run("rejected", "list", "--json").stdout)] == [misshapen, forged]


def test_a_retry_of_what_came_again_meanwhile_is_a_duplicate(
    keep: Callable[..., list[int]], run: Callable[..., Result]
) -> None:
    """Senders try again by themselves: the payment must not be on its queue twice."""
    keep("a", "a")

    result = run("rejected", "retry", "--json")

    assert [one["outcome"] for one in json.loads(result.stdout)] == ["new", "duplicate"]
    assert on_queue(run, "payments") == ["transactions:a"]
    assert json.loads(run("rejected", "list", "--json").stdout) == []


def test_only_what_is_named_is_tried_whatever_the_order_of_naming(
    keep: Callable[..., list[int]], run: Callable[..., Result]
) -> None:
    """A refund that is named first must not overtake its payment."""
    first, second, third = keep("a", "b", "c")

    result = run("rejected", "retry", third, first, third)

    assert result.exit_code == 0
    assert on_queue(run, "payments") == ["transactions:a", "transactions:c"]
    assert [one["id"] for one in json.loads(run("rejected", "list", "--json").stdout)] == [second]


def test_an_unknown_id_is_reported(keep: Callable[..., list[int]], run: Callable[..., Result]) -> None:
    """It may have expired while the operator thought about it."""
    (number,) = keep("a")

    result = run("rejected", "retry", number, number + 7)

    assert result.exit_code == 1
    assert "accepted" in result.stdout
    assert f"refused [not_found]: there is no rejected request {number + 7}" in result.stdout
    assert json.loads(run("rejected", "show", 999, "--json").stderr)["error"]["code"] == "not_found"


def test_a_queue_that_the_data_directory_does_not_know_changes_nothing(
    keep: Callable[..., list[int]], project: Path, run: Callable[..., Result]
) -> None:
    """The request must still be there when the server has made the queue."""
    (number,) = keep("a")
    config = project / "hookline.toml"
    config.write_text(config.read_text().replace("payments", "payouts"))

    result = run("rejected", "retry", "--json")

    (reported,) = json.loads(result.stdout)
    assert "has no queue payouts yet" in reported["error"]["detail"]
    assert [one["id"] for one in json.loads(run("rejected", "list", "--json").stdout)] == [number]


@pytest.mark.parametrize("words", [["retry", "1", "--source", "transactions"], ["show", "x"], ["list", "--limit", "0"]])
def test_wrong_usage_is_refused(store: Store, run: Callable[..., Result], words: list[str]) -> None:  # noqa: ARG001 -- the data directory is there
    """Before anything is touched."""
    assert run("rejected", *words).exit_code == 2


def test_terminals_are_not_obeyed(store: Store, run: Callable[..., Result]) -> None:
    """A forger chooses every byte of the shown text."""
    config = load(store.project / "hookline.toml")
    request = signed_request(
        config.sources[0], config.schemes["transactions"], STRANGER, b"\x1b[2J", headers={"x-bad": "\x1b[31m"}
    )
    request = replace(request, query="\x1b[2J")
    with store.open() as database:
        SqliteQuarantine(database, QuarantineBounds()).keep(
            [RejectedRequest(source="transactions", code="signature_mismatch", request=request)]
        )

    result = run("rejected", "show", 1)

    assert result.exit_code == 0
    assert "\x1b" not in result.stdout


def test_an_ambiguous_request_is_taken_only_on_purpose(
    keep: Callable[..., list[int]], run: Callable[..., Result]
) -> None:
    """The sender does repeat a member: an operator who has looked at it releases the event."""
    body = _payment("a").replace(b'"amount"', b'"amount": "99.99", "amount"')
    (number,) = keep("a", body=body)

    refused = run("rejected", "retry", number)
    taken = run("rejected", "retry", number, "--accept-ambiguous")

    assert (refused.exit_code, taken.exit_code) == (1, 0)
    assert "body_ambiguous" in refused.stdout
    assert "transactions:a" in taken.stdout
    assert json.loads(run("rejected", "list", "--json").stdout) == []
