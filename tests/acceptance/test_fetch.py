"""Events that carry only an id: acknowledged immediately, completed from the sender's API, and routed by what it says."""

from __future__ import annotations

import itertools
import json
import random
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import Sender
from acceptance.sender_api import (
    TOKEN,
    mercado_pago_headers,
    mercado_pago_notice,
    payment,
    serving_api,
)
from acceptance.server import Server, until
from commands import printed_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from acceptance.sender_api import SenderApi

SECRET = "a-signing-secret-of-these-tests"
PROJECT = """
[sources.mp]
verify = { scheme = "mercado-pago", secrets = ["MP_SECRET"] }
fetch = { secret = "API_TOKEN" }

[sources.free]
verify = { scheme = "none" }
id = "id"

[queues.in]
[queues.large]
[queues.to-complete]

[[routes]]
match = { transactiontype = ["payment"], transactionamount = [{ prefix = "9" }] }
queues = ["large"]
[[routes]]
match = { transactiontype = ["payment"], transactionidonly = [{ exists = false }] }
queues = ["in"]
[[routes]]
match = { transactionidonly = ["true"] }
queues = ["to-complete"]
"""
HASTY = """
from datetime import timedelta
from hookline.pipeline import complete
complete.FIRST_PAUSE = timedelta(milliseconds=100)
complete.LONGEST_PAUSE = timedelta(milliseconds=300)
"""
"""hookline that does not wait long between two tries."""

PRIVATE = """
from hookline.domain.address import is_public
hookline.adapters.local.https.is_public = is_public
"""
"""hookline unchanged: the address of these tests is private."""

NEXT_WEEK = """
from datetime import timedelta
from hookline.adapters.local.clock import SystemClock
for name in ("now", "steady"):
    def later(self, own=getattr(SystemClock, name)):
        return own(self) + timedelta(days=7, minutes=1)
    setattr(SystemClock, name, later)
"""

_NUMBERS = itertools.count(1)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[SenderApi]:
    """Mercado Pago's API."""
    with serving_api(tmp_path) as api:
        yield api


def _server(folder: Path, api: SenderApi, **more: str) -> Server:
    environment = {"MP_SECRET": SECRET, **api.environment}
    return Server(folder, config=PROJECT, environment=environment, before=api.before + more.get("before", ""))


def _notify(server: Server, number: int, *, event: int | None = None, topic: str = "payment") -> str:
    """Mercado Pago notifies of the payment: the event's id."""
    event = next(_NUMBERS) if event is None else event
    headers = mercado_pago_headers(number, SECRET, at=time.time(), request_id=f"r-{event}")
    with server.sender() as sender:
        path = f"/webhook/mp?data.id={number}"
        answer = sender.post(mercado_pago_notice(event, number, topic=topic), path=path, headers=headers)
    assert answer.status == 200, answer
    return f"mp:{event}"


def _status(server: Server, event_id: str) -> str:
    return str(server.rows(f"SELECT status FROM events WHERE id = '{event_id}'")[0][0])  # noqa: S608 -- ids of these tests


def _on(server: Server, queue: str) -> list[str]:
    query = (
        "SELECT e.id FROM messages m JOIN events e ON e.seq = m.event JOIN queues q ON q.id = m.queue "  # noqa: S608 -- as above
        f"WHERE q.name = '{queue}' ORDER BY m.id"
    )
    return [id_ for (id_,) in server.rows(query)]


def test_an_event_is_routed_by_the_record_that_its_sender_has(tmp_path: Path, api: SenderApi) -> None:
    """Its own body has neither kind nor amount."""
    api.answers = {"/v1/payments/101": payment(101), "/v1/payments/102": payment(102, amount="900")}
    with _server(tmp_path, api) as server:
        small, large = _notify(server, 101), _notify(server, 102)

        until(lambda: (_on(server, "in"), _on(server, "large")) == ([small, large], [large]))

        metadata = json.loads(server.rows(f"SELECT metadata FROM events WHERE id = '{small}'")[0][0])  # noqa: S608 -- as above
    assert {authorization for _, authorization in api.asked} == {f"Bearer {TOKEN}"}
    assert (metadata["transactionamount"], metadata["transactioncurrency"]) == ("58.80", "BRL")


def test_what_is_about_no_payment_is_routed_immediately(tmp_path: Path, api: SenderApi) -> None:
    """No record is asked for."""
    with _server(tmp_path, api) as server:
        event_id = _notify(server, 7, topic="subscription_preapproval")

        assert _on(server, "unrouted") == [event_id]
    assert api.asked == []


def test_the_sender_is_answered_before_its_api_is(tmp_path: Path, api: SenderApi) -> None:
    """The sender's own API may be the slow part."""
    begun, go_on = threading.Event(), threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        begun.set()
        go_on.wait(30)
        handler.close_connection = True

    api.answers = {"/v1/payments/1": hang}
    with _server(tmp_path, api) as server:
        event_id = _notify(server, 1)
        assert begun.wait(10)
        assert _status(server, event_id) == "received"
        go_on.set()


HOSTILE = {
    "an error": 500,
    "another payment": payment(2),
    "not JSON": b"<html>",
    "a list": b"[]",
    "too large": payment(1, filler="x" * 600_000),
    "deep": b"[" * 200_000,
    "not a number": payment(1, amount="NaN"),
    "unknown": 404,
    "no token": 401,
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_a_wrong_answer_is_no_record_and_the_next_may_be_right(tmp_path: Path, api: SenderApi, answer: object) -> None:
    """Whatever the API says, the event waits, and is completed by the first answer that is about its payment."""
    api.answers = {"/v1/payments/1": answer}
    with _server(tmp_path, api, before=HASTY) as server:
        event_id = _notify(server, 1)
        until(lambda: api.times("/v1/payments/1") >= 2)
        assert _status(server, event_id) == "received"
        line = server.wait_for("no record yet: asking again later")
        api.answers = {"/v1/payments/1": payment(1)}

        until(lambda: _on(server, "in") == [event_id])
    assert (line["event_id"], line["level"]) == (event_id, "warning")
    assert TOKEN not in str(server.lines)


def test_a_redirection_is_not_followed_with_the_token(tmp_path: Path, api: SenderApi) -> None:
    """The redirection could lead to any host."""
    api.headers = {"location": "/v1/payments/2"}
    api.answers = {"/v1/payments/1": 302, "/v1/payments/2": payment(1)}
    with _server(tmp_path, api, before=HASTY) as server:
        _notify(server, 1)

        until(lambda: api.times("/v1/payments/1") >= 2)
    assert api.times("/v1/payments/2") == 0


def test_a_private_address_is_never_asked(tmp_path: Path, api: SenderApi) -> None:
    """A poisoned name would give the token to any host."""
    api.answers = {"/v1/payments/1": payment(1)}
    with _server(tmp_path, api, before=PRIVATE) as server:
        _notify(server, 1)

        line = server.wait_for("no record yet: asking again later")
    assert "no public address" in line["reason"]
    assert api.asked == []


def test_an_api_that_hangs_keeps_no_other_event_from_its_queue(tmp_path: Path, api: SenderApi) -> None:
    """Other sources do not depend on it."""
    over = threading.Event()
    api.answers = {"/v1/payments/1": lambda _: over.wait(30)}
    with _server(tmp_path, api) as server:
        for number in range(20):
            _notify(server, 1, event=1000 + number)
        until(lambda: api.asked)
        with server.sender() as sender:
            assert sender.post(b'{"id": "plain"}', path="/webhook/free", headers={}).status == 202
        assert _on(server, "unrouted") == ["free:plain"]
        over.set()


def test_a_limit_of_the_api_is_kept(tmp_path: Path, api: SenderApi) -> None:
    """Retry-After applies to every call with this token."""
    api.answers, api.headers = {"/v1/payments/1": 429}, {"Retry-After": "3000"}
    with _server(tmp_path, api) as server:
        first = _notify(server, 1)
        line = server.wait_for("no record yet: asking again later")
        api.answers["/v1/payments/2"] = payment(2)
        second = _notify(server, 2)
        waits = f"SELECT since - {2**62} - received_at FROM events WHERE id IN ('{first}', '{second}')"  # noqa: S608 -- as above
        until(lambda: all(wait > 2_900_000_000 for (wait,) in server.rows(waits)))
    assert "429" in line["reason"]
    assert [path for path, _ in api.asked] == ["/v1/payments/1"]


def test_events_of_one_payment_keep_their_order(tmp_path: Path, api: SenderApi) -> None:
    """The later one waits for the earlier one, however well its own answer would be."""
    api.answers = {"/v1/payments/1": 404}
    with _server(tmp_path, api, before=HASTY) as server:
        first = _notify(server, 1)
        until(lambda: api.times("/v1/payments/1") >= 1)
        second = _notify(server, 1)
        api.answers = {"/v1/payments/1": payment(1)}

        until(lambda: len(_on(server, "in")) == 2)
        assert _on(server, "in") == [first, second]


def test_kill_9_at_any_moment_loses_no_event_and_routes_none_twice(tmp_path: Path, api: SenderApi) -> None:
    """Before the API was asked, while it answers, and while its answer is stored."""
    moments = random.Random(7)
    numbers = list(range(1, 61))
    api.answers = {f"/v1/payments/{number}": payment(number) for number in numbers}
    server = _server(tmp_path, api)
    sent: list[str] = []
    for round_ in range(6):
        with server:
            sent += [_notify(server, number) for number in numbers[round_ * 10 : round_ * 10 + 10]]
            time.sleep(moments.uniform(0, 0.6))
            server.kill()
    with server:
        until(lambda: len(_on(server, "in")) >= len(sent))
        assert sorted(_on(server, "in")) == sorted(sent)
        assert server.rows("SELECT DISTINCT status FROM events") == [("routed",)]


def test_a_week_without_an_answer_ends_without_a_record(tmp_path: Path, api: SenderApi) -> None:
    """Somebody has to look, and a replay asks again once it is fixed."""
    api.answers = {"/v1/payments/1": 401}
    with _server(tmp_path, api) as server:
        event_id = _notify(server, 1)
        server.wait_for("no record yet: asking again later")
    with _server(tmp_path, api, before=NEXT_WEEK) as server:
        line = server.wait_for("routed without a record")
        assert _on(server, "to-complete") == [event_id]
        assert (line["level"], line["reason"]) == ("error", "the API answered 401")
    api.answers = {"/v1/payments/1": payment(1)}
    with _server(tmp_path, api) as server:
        printed_by(
            "replay", event_id, "--reason", "the token was changed",
            "--config", str(server.project / "hookline.toml"), "--data-dir", str(server.data_dir),
            environment=server._environment,
        )  # fmt: skip
        until(lambda: _on(server, "in") == [event_id])


def test_operators_see_what_waits_and_why(tmp_path: Path, api: SenderApi) -> None:
    """On the command line, in the metrics and on the event's page."""
    api.answers = {"/v1/payments/1": 503}
    with _server(tmp_path, api) as server:
        event_id = _notify(server, 1)
        server.wait_for("no record yet: asking again later")
        shown = printed_by("events", "show", event_id, "--data-dir", str(server.data_dir))
        listed = printed_by("events", "list", "--status", "received", "--data-dir", str(server.data_dir))
        with Sender(server.admin_port) as admin:
            metrics = admin.request("GET", "/metrics").body.decode()
            page = admin.request("GET", f"/events/{event_id}").body.decode()

    assert "received, waiting for its record from the sender's API" in shown
    assert "payments/1" in shown
    assert "waiting for its record" in listed
    assert 'hookline_records_waiting{source="mp"} 1' in metrics
    assert 'hookline_record_oldest_seconds{source="mp"}' in metrics
    assert "hookline_outbox_waiting 0" in metrics
    assert "hookline_records_completed_total 0" in metrics
    assert "It waits for its record from the sender&#39;s API. The last try: the API answered 503" in page


def test_a_reload_takes_another_token_up(tmp_path: Path, api: SenderApi) -> None:
    """Nobody has to restart a server because a token has ended."""
    env = tmp_path / "project" / ".env"
    api.answers = {"/v1/payments/1": 401}
    server = _server(tmp_path, api)
    env.parent.mkdir(exist_ok=True)
    env.write_text(f"MP_SECRET={SECRET}\nAPI_TOKEN=an-old-token\n")
    server.more_options += ["--env-file", str(env)]
    with server:
        event_id = _notify(server, 1)
        until(lambda: any("old" in authorization for _, authorization in api.asked))
        env.write_text(f"MP_SECRET={SECRET}\nAPI_TOKEN={TOKEN}\n")
        api.answers = {"/v1/payments/1": payment(1)}
        server.signal(signal.SIGHUP)

        until(lambda: _on(server, "in") == [event_id])
    assert api.asked[-1][1] == f"Bearer {TOKEN}"


def test_a_held_event_is_asked_for_when_its_source_is_resumed(tmp_path: Path, api: SenderApi) -> None:
    """Nothing continues while operators change something."""
    api.answers = {"/v1/payments/1": payment(1)}
    with _server(tmp_path, api) as server:
        where = ["--data-dir", str(server.data_dir)]
        config = ["--config", str(server.project / "hookline.toml")]
        printed_by("sources", "pause", "mp", "--hold", "--reason", "a test", *config, *where)
        server.wait_for("source paused: its events are accepted and held")
        event_id = _notify(server, 1)
        assert server.rows("SELECT count(*) FROM events WHERE since = 4611686018427387904") == [(1,)]
        assert api.asked == []

        printed_by("sources", "resume", "mp", "--reason", "a test", *where)

        until(lambda: _on(server, "in") == [event_id])
