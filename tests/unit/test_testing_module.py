"""``hookline.testing``, as its users use it."""

from __future__ import annotations

import doctest
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import hookline.testing
from hookline.adapters.memory.fetches import MemoryFetches
from hookline.config import load, parse
from hookline.domain.event import Status
from hookline.domain.fetch import FetchAnswer
from hookline.domain.request import Headers
from hookline.domain.secret import Secret
from hookline.errors import ConfigError, NotFoundError, Rejected
from hookline.testing import MemoryHome, signed_request

EXAMPLE = Path(__file__).parents[2] / "examples" / "transactions"
SECRET = b"whsec_RVhBTVBMRS1vbmx5LW5ldmVyLWluLXByb2R1Y3Rpb24h"
SCHEMES = {
    "standard-webhooks": '{ scheme = "standard-webhooks", secrets = ["S"] }',
    "hmac": '{ scheme = "hmac", secrets = ["S"], header = "X-Signature", timestamp_header = "X-Timestamp" }',
    "none": '{ scheme = "none" }',
}


@pytest.fixture
def home() -> MemoryHome:
    """The example project in memory."""
    return MemoryHome(load(EXAMPLE / "hookline.toml"), {"TRANSACTIONS_SECRET": SECRET})


def sample(name: str) -> bytes:
    """A sample of the example project."""
    return (EXAMPLE / "samples" / f"{name}.json").read_bytes()


def test_the_example_in_the_docstring_works() -> None:
    """It is the first thing that a user copies."""
    results = doctest.testmod(hookline.testing, raise_on_error=True)

    assert results.attempted > 5


@pytest.mark.parametrize("verify", SCHEMES.values(), ids=SCHEMES)
def test_a_signed_request_verifies(verify: str) -> None:
    """What it signs has to pass the same verification as the real sender's calls, for every scheme."""
    config = parse(f'[queues.q]\n[sources.s]\nverify = {verify}\nid = "id"\n', base=Path())
    (source,) = config.sources

    request = signed_request(source, config.schemes["s"], SECRET, b"{}", at=datetime(2026, 1, 2, tzinfo=UTC))

    source.verifier.verify(request, [Secret(name="S", value=SECRET)])
    assert (request.method, request.path) == ("POST", "/webhook/s")
    assert request.headers.get("content-type") == "application/json"


def test_given_headers_replace_the_signatures_own() -> None:
    """A test of a wrong signature must replace the header and not add a second one."""
    config = parse(f"[queues.q]\n[sources.s]\nverify = {SCHEMES['hmac']}\nid = 'id'\n", base=Path())
    (source,) = config.sources

    request = signed_request(source, config.schemes["s"], SECRET, b"{}", headers={"x-SIGNATURE": "wrong"})

    assert request.headers.all("X-Signature") == ("wrong",)
    with pytest.raises(Rejected, match="no signature"):
        source.verifier.verify(request, [Secret(name="S", value=SECRET)])


def test_a_media_type_that_the_source_takes_is_sent() -> None:
    """A source of forms would refuse JSON before any other check."""
    text = '[queues.q]\n[sources.s]\nverify = { scheme = "none" }\nid = "content-hash"\nmedia_types = ["text/csv"]\n'

    answer = MemoryHome(parse(text, base=Path()), {}).send("s", b"a;b")

    assert (answer.status, answer.outcome) == (202, "accepted")


@pytest.mark.parametrize("kind", ["payment", "refund", "dispute"])
def test_an_event_goes_the_whole_way(home: MemoryHome, kind: str) -> None:
    """A test's event is accepted, stored, routed and queued as on a server."""
    answer = home.send("transactions", sample(kind))

    assert answer.status == 202
    assert answer.event_id is not None
    assert json.loads(answer.body) == {"event_id": answer.event_id, "status": "accepted"}
    stored = home.events.get(answer.event_id)
    assert stored is not None
    assert stored.event.status is Status.ROUTED
    (message,) = home.queues.peek(f"{kind}s")
    assert json.loads(message.body)["data"] == json.loads(sample(kind))


def test_duplicates_and_conflicts_are_distinguished(home: MemoryHome) -> None:
    """Senders repeat themselves: a consumer's test wants to see that nothing doubles."""
    first = home.send("transactions", sample("payment"))
    again = home.send("transactions", sample("payment"))
    other = home.send("transactions", sample("payment") + b"\n")

    assert [answer.outcome for answer in (first, again, other)] == ["accepted", "duplicate", "delivery_conflict"]
    assert [answer.status for answer in (first, again, other)] == [202, 200, 409]
    assert first.event_id == again.event_id == other.event_id
    assert home.queues.depth("payments").visible == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"path": "/elsewhere"}, 404, "unknown_path"),
        ({"method": "GET"}, 405, "method_not_allowed"),
        ({"headers": Headers.of(content_type="text/plain")}, 415, "unsupported_media_type"),
        ({"headers": Headers([])}, 401, "signature_missing"),
        ({"body": b"{}"}, 401, "signature_mismatch"),
        ({"body": b"x" * (1024 * 1024 + 1)}, 413, "body_too_large"),
    ],
)
def test_what_a_server_refuses_is_refused(home: MemoryHome, change: dict[str, object], status: int, code: str) -> None:
    """A test that uses it proves something only if it refuses what a server refuses."""
    request = replace(home.request("transactions", sample("payment")), **change)  # type: ignore[arg-type]  # the keywords are its fields

    answer = home.post(request)

    assert (answer.status, answer.outcome, answer.event_id) == (status, code, None)
    assert json.loads(answer.body)["code"] == code
    assert not any(home.events.count().values())


def test_time_passes_only_when_a_test_moves_it() -> None:
    """Visibility and tolerance can then be tested without waiting."""
    start = datetime(2026, 1, 2, tzinfo=UTC)
    home = MemoryHome(load(EXAMPLE / "hookline.toml"), {"TRANSACTIONS_SECRET": SECRET}, start=start)
    home.send("transactions", sample("payment"))

    taken = home.queues.receive("payments")
    hidden = home.queues.receive("payments")
    home.clock.advance(timedelta(minutes=5, seconds=1))
    again = home.queues.receive("payments")

    assert (len(taken), len(hidden), len(again)) == (1, 0, 1)
    assert home.clock.now() == start + timedelta(minutes=5, seconds=1)


def test_a_missing_secret_and_an_unknown_source_are_said(home: MemoryHome) -> None:
    """A misspelt name must not look like a refused event."""
    with pytest.raises(ConfigError, match="TRANSACTIONS_SECRET is missing"):
        MemoryHome(load(EXAMPLE / "hookline.toml"), {})
    with pytest.raises(NotFoundError, match="there is no source 'shop'; there are transactions"):
        home.send("shop", b"{}")


def test_records_are_completed_by_the_answers_that_a_test_gives() -> None:
    """A route on kind and amount can be tested without an account at the sender."""
    config = parse(
        """
[sources.mp]
verify = { scheme = "mercado-pago", secrets = ["S"] }
fetch = { secret = "T" }
[queues.paid]
[[routes]]
match = { transactionstatus = ["succeeded"] }
queues = ["paid"]
""",
        base=Path(),
    )
    fetches = MemoryFetches()
    home = MemoryHome(config, {"S": b"a-secret-of-some-length", "T": b"a-token-of-some-length"}, fetches=fetches)
    body = b'{"id": 1, "type": "payment", "action": "payment.updated", "data": {"id": "7"}}'
    request = home.request("mp", body)

    answer = home.post(request)
    unanswered = home.complete_records()
    document = b'{"id": 7, "status": "approved", "currency_id": "BRL", "transaction_amount": 9.5}'
    fetches.answers["/v1/payments/7"] = FetchAnswer(status=200, body=document)
    home.clock.advance(timedelta(minutes=1))

    assert (answer.outcome, unanswered) == ("accepted", 0)
    assert home.complete_records() == 1
    assert [message.event_id for message in home.queues.peek("paid")] == ["mp:1"]
