"""Records that senders' APIs complete, in either home: with a real API over TLS, and with nothing but what is deployed."""

from __future__ import annotations

import itertools
import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from acceptance.homes.aws import open_aws
from acceptance.homes.embedded import open_embedded
from acceptance.sender import sign, transaction
from acceptance.sender_api import (
    TOKEN,
    mercado_pago_headers,
    mercado_pago_notice,
    mollie_payment,
    payment,
    serving_api,
)
from acceptance.server import until
from e2e.deployed import ENVIRONMENT
from hookline.adapters.aws import names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from acceptance.homes.aws import Aws
    from acceptance.homes.embedded import Embedded
    from acceptance.sender_api import SenderApi

SECRET = "a-signing-secret-of-these-tests"
SOURCES = """
[sources.mp]
verify = { scheme = "mercado-pago", secrets = ["MP_SECRET"] }
fetch = { secret = "API_TOKEN" }

[sources.mollie]
verify = { scheme = "mollie-classic" }
fetch = { secret = "API_TOKEN" }

[queues.records]
max_receives = 1000
[queues.without]
max_receives = 1000

[[routes]]
match = { transactiontype = ["payment"], transactionidonly = [{ exists = false }] }
queues = ["records"]
[[routes]]
match = { transactionidonly = ["true"] }
queues = ["without"]
"""
HTTPS = "hookline/adapters/local/https.py"
HASTY = """
from datetime import timedelta
from hookline.pipeline import complete
complete.FIRST_PAUSE = timedelta(milliseconds=100)
complete.LONGEST_PAUSE = timedelta(milliseconds=300)
"""
WEEK = 7 * 24 * 3600 + 60
_EVENTS = itertools.count(1)


class Home(Protocol):
    """One of the homes, and what time does in it."""

    def post(self, body: bytes, *, path: str, headers: dict[str, str]) -> Any:  # an answer
        """The answer to a call."""
        ...

    def on(self, queue: str) -> list[dict[str, Any]]:  # CloudEvents
        """The messages on the queue, in order."""
        ...

    def status(self, event_id: str) -> str:
        """The status of an event."""
        ...

    def ask_again(self) -> None:
        """What the home does on its own for events that are due to be asked for."""
        ...

    def age(self, event_id: str, seconds: float) -> None:
        """Let an event have waited so much longer."""
        ...

    def said(self) -> str:
        """The newest lines of its log."""
        ...


class InOneProcess:
    """The embedded home."""

    def __init__(self, home: Embedded) -> None:
        self._home, self._server = home, home.server

    def post(self, body: bytes, *, path: str, headers: dict[str, str]) -> Any:  # an answer
        return self._home.post(body, path=path, headers=headers)

    def on(self, queue: str) -> list[dict[str, Any]]:  # CloudEvents
        return [taken.event for taken in self._home.look(queue)]

    def status(self, event_id: str) -> str:
        return self._home.status(event_id)[0]

    def ask_again(self) -> None:
        """The server does so continuously."""

    def age(self, event_id: str, seconds: float) -> None:
        self._server.execute(
            f"UPDATE events SET next_at = received_at - {int(seconds * 1e6)} WHERE id = '{event_id}'"  # noqa: S608 -- ids of these tests
        )

    def said(self) -> str:
        return self._home.said()


class OnAws:
    """The home on AWS."""

    def __init__(self, home: Aws) -> None:
        self._home, self._stack = home, home.stack

    def post(self, body: bytes, *, path: str, headers: dict[str, str]) -> Any:  # an answer
        return self._home.post(body, path=path, headers=headers)

    def on(self, queue: str) -> list[dict[str, Any]]:  # CloudEvents
        standing = self._stack.emulator.standing(names.queue(queue, ENVIRONMENT))
        return [json.loads(message["Body"]) for message in standing]

    def status(self, event_id: str) -> str:
        return str(self._stack.item(event_id)["status"]["S"])

    def ask_again(self) -> None:
        """Let every pause be over, and the recoverer run as it does each minute."""
        for event_id in self._stack.waiting():
            self._change(event_id, names.OUTBOX_SORT, lambda due: f"1.{due.partition('.')[2]}")
        result, fault = self._stack.invoke(names.recoverer(ENVIRONMENT))
        assert not fault, result

    def age(self, event_id: str, seconds: float) -> None:
        self._change(event_id, "next_at", lambda since: str(int(since) - int(seconds * 1e6)))

    def said(self) -> str:
        return self._home.said()

    def _change(self, event_id: str, name: str, change: Any) -> None:  # a function of a number's text
        item = self._stack.item(event_id)
        if not item.get(names.OUTBOX_PARTITION, {}).get("S", "").startswith("fetch/"):
            return
        self._stack.client("dynamodb").update_item(
            TableName=names.table(ENVIRONMENT),
            Key={names.TABLE_KEY: {"S": event_id}},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": {"N": change(item[name]["N"])}},
        )


@contextmanager
def _opened(kind: str, folder: Path, api: SenderApi) -> Iterator[Home]:
    secrets = {"MP_SECRET": SECRET, **api.environment}
    if kind == "embedded":
        with open_embedded(folder, SOURCES, secrets, before=api.before + HASTY) as embedded:
            yield InOneProcess(embedded)
        return
    certificate = secrets.pop("SSL_CERT_FILE")
    trust = f"\n_context = lru_cache(lambda: ssl.create_default_context(cafile={certificate!r}))\n"
    with open_aws(folder, SOURCES, secrets, added={HTTPS: f"{api.inside}{trust}"}) as aws:
        yield OnAws(aws)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SenderApi]:
    """The senders' API."""
    with serving_api(tmp_path_factory.mktemp("api")) as api:
        yield api


@pytest.fixture(scope="module", params=["embedded", "aws"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, api: SenderApi) -> Iterator[Home]:
    """One of each kind for the whole file: each test has payments of its own."""
    with _opened(request.param, tmp_path_factory.mktemp(request.param), api) as home:
        yield home


@pytest.fixture(autouse=True)
def _nothing_was_asked_yet(api: SenderApi) -> None:
    """Both homes ask the same API."""
    with api.guard:
        api.asked.clear()
        api.answers.clear()


def _notify(home: Home, number: int) -> str:
    event = next(_EVENTS)
    headers = mercado_pago_headers(number, SECRET, at=time.time(), request_id=f"r-{event}")
    path = f"/webhook/mp?data.id={number}"
    answer = home.post(mercado_pago_notice(event, number, action="payment.updated"), path=path, headers=headers)
    assert answer.status == 200, answer
    return f"mp:{event}"


def _call_of_mollie(home: Home, id_: str) -> Any:  # an answer
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return home.post(f"id={id_}".encode(), path="/webhook/mollie", headers=form)


def _on(home: Home, queue: str, event_id: str) -> list[dict[str, Any]]:  # CloudEvents
    return [message for message in home.on(queue) if message["id"] == event_id]


def _went_after(home: Home, event_id: str, seconds: float) -> bool:
    """Whether an event has gone after this time. The time is set again and again, because a running attempt overwrites it."""
    if home.status(event_id) == "received":
        home.age(event_id, seconds)
        home.ask_again()
    return home.status(event_id) != "received"


def _came(home: Home, queue: str, event_id: str) -> dict[str, Any]:  # a CloudEvent
    """The event's only message on this queue."""

    def is_there() -> bool:
        return bool(_on(home, queue, event_id))

    try:
        until(is_there)
    except AssertionError:
        raise AssertionError(home.said()) from None
    (message,) = _on(home, queue, event_id)
    return message


def test_the_message_has_the_record(home: Home, api: SenderApi) -> None:
    """Kind, amount and status are the API's, and the body is the sender's."""
    api.answers["/v1/payments/11"] = payment(11, amount="1234.5")

    event_id = _notify(home, 11)

    message = _came(home, "records", event_id)
    assert (message["transactionamount"], message["transactioncurrency"]) == ("1234.50", "BRL")
    assert message["data"]["data"] == {"id": "11"}
    assert "fetch" not in message
    until(lambda: home.status(event_id) == "routed")
    assert ("/v1/payments/11", f"Bearer {TOKEN}") in api.asked


def test_an_api_that_is_down_keeps_the_event_waiting_and_no_other(home: Home, api: SenderApi) -> None:
    """The event is completed once, when the API is up again, and nothing else has waited for it."""
    api.answers["/v1/payments/12"] = 404
    event_id = _notify(home, 12)
    until(lambda: api.times("/v1/payments/12"))
    other = transaction("evt_other")
    assert home.post(other, path="/webhook", headers=sign(other)).status == 202
    assert _came(home, "payments", "transactions:evt_other")
    assert (home.status(event_id), _on(home, "records", event_id)) == ("received", [])
    api.answers["/v1/payments/12"] = payment(12)

    home.ask_again()

    assert _came(home, "records", event_id)["transactionreference"] == "12"


def test_after_seven_days_the_event_goes_without_its_record(home: Home, api: SenderApi) -> None:
    """An operator reads why; consumers get what the event itself says."""
    api.answers["/v1/payments/13"] = 404
    event_id = _notify(home, 13)
    until(lambda: api.times("/v1/payments/13"))

    until(lambda: _went_after(home, event_id, WEEK))

    message = _came(home, "without", event_id)
    assert (message["transactionreference"], message["transactionidonly"]) == ("13", "true")
    assert "transactionamount" not in message
    until(lambda: "routed without a record" in home.said())


def test_a_second_event_of_a_payment_is_asked_for_separately(home: Home, api: SenderApi) -> None:
    """The sender sent it because something has changed."""
    api.answers["/v1/payments/14"] = payment(14)
    first = _notify(home, 14)
    assert _came(home, "records", first)["transactiontype"] == "payment"
    api.answers["/v1/payments/14"] = payment(14, status="rejected")

    second = _notify(home, 14)

    assert _came(home, "records", second)["transactionstatus"] == "failed"
    assert api.times("/v1/payments/14") == 2


def test_an_unsigned_call_is_an_event_only_if_the_sender_knows_it(home: Home, api: SenderApi) -> None:
    """Anyone can post an id; nobody can have one routed that Mollie does not know."""
    api.answers["/v2/payments/tr_known"] = mollie_payment("tr_known")
    known = _call_of_mollie(home, "tr_known").json()["event_id"]
    assert _came(home, "records", known)["transactionamount"] == "75.00"

    unknown = _call_of_mollie(home, "tr_unknown").json()["event_id"]
    for _ in range(7):
        home.ask_again()
        if home.status(unknown) == "failed":
            break
        time.sleep(0.4)

    until(lambda: home.status(unknown) == "failed")
    assert not any(_on(home, queue, unknown) for queue in ("records", "without", "unrouted"))
    assert api.times("/v2/payments/tr_unknown") == 6


@pytest.mark.parametrize("id_", ["tr_../../settlements", "ord_1", "tr_1&id=tr_2", "", "tr_%0d%0aX:1"])
def test_what_names_no_payment_is_refused_before_anything_is_asked(home: Home, api: SenderApi, id_: str) -> None:
    """Its text would become a part of the path that is asked for."""
    asked = len(api.asked)

    answer = _call_of_mollie(home, id_)

    assert answer.status == 401
    assert len(api.asked) == asked
