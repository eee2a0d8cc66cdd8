"""Events that wait for their records, through the functions on AWS, with a clock that moves in steps."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.memory.fetches import MemoryFetches
from hookline.config import parse
from hookline.domain.event import Status
from hookline.domain.fetch import FetchAnswer
from hookline.domain.pause import Pause, Paused, PauseState
from hookline.errors import UnavailableError
from hookline.ports.telemetry import Metric
from hookline.testing import signed_request
from unit.aws_lambda.fakes import Home, Invocation, KeptSecrets, proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.config import Config
    from hookline.domain.fetch import FetchQuestion

TOML = """
[sources.s]
path = "/webhook"
verify = { scheme = "mercado-pago", secrets = ["S"] }
fetch = { secret = "TOKEN" }
[queues.q]
[[routes]]
match = { transactiontype = ["payment"], transactionidonly = [{ exists = false }] }
queues = ["q"]
"""
FIFO = TOML.replace("[queues.q]", '[queues.q]\nfifo = { group = "transactionpayment" }')
MINUTE = timedelta(minutes=1)


def config(text: str = TOML) -> Config:
    """The project."""
    return parse(text, base=Path())


class Api(MemoryFetches):
    """Mercado Pago's API; ``on_ask`` is called whenever it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.on_ask: Callable[[], None] = lambda: None

    def fetch(self, question: FetchQuestion) -> FetchAnswer:
        """As every API."""
        self.on_ask()
        return super().fetch(question)

    def has(self, number: int, **more: object) -> None:
        """Have it know a payment."""
        document = {
            "id": number,
            "status": "approved",
            "currency_id": "BRL",
            "transaction_amount": 100,
            "transaction_amount_refunded": 0,
            **more,
        }
        self.answers[f"/v1/payments/{number}"] = FetchAnswer(status=200, body=json.dumps(document).encode())

    def times(self, number: int) -> int:
        """How often it was asked for this payment."""
        return sum(one.path == f"/v1/payments/{number}" for one in self.asked)


@pytest.fixture
def api() -> Api:
    """An API that has no record yet."""
    return Api()


def opened(api: Api, text: str = TOML) -> Home:
    """The functions, with this API."""
    secrets = KeptSecrets({"S": b"a-secret-of-some-length", "TOKEN": b"a-token-of-some-length"})
    return Home(config=config(text), secrets=secrets, fetches=api)


def notify(home: Home, event: int, number: int, *, topic: str = "payment") -> str:
    """A notification of Mercado Pago's about the payment, answered as any other."""
    document = {"id": event, "type": topic, "action": f"{topic}.updated", "data": {"id": str(number)}}
    source = home.config.sources[0]
    scheme = home.config.schemes[source.name]
    request = signed_request(
        source,
        scheme,
        b"a-secret-of-some-length",
        json.dumps(document).encode(),
        delivery_id=f"r-{event}",
        at=home.clock.now(),
    )
    query = {"data.id": str(number)}
    sent = proxy_event(
        replace(request, query=""),
        queryStringParameters=query,
        multiValueQueryStringParameters={name: [value] for name, value in query.items()},
    )
    answer = home.validator(sent, Invocation())
    assert answer["statusCode"] == 200, answer
    return f"s:{event}"


def counted(home: Home, metric: Metric) -> float:
    """The counts so far."""
    return sum(line.metrics.get(metric, 0) for line in home.telemetry.records)


def run_recoverer(home: Home) -> None:
    """One run, and the router's work after it."""
    home.recoverer({}, Invocation())
    home.pass_on()


def test_the_router_completes_the_event_that_has_just_come(api: Api) -> None:
    """The answer comes within the time that the router has."""
    api.has(1)
    home = opened(api)

    event_id = notify(home, 11, 1)
    assert home.status(event_id) is Status.RECEIVED
    home.pass_on()

    assert home.standing("q") == [event_id]
    assert (counted(home, Metric.RECORDS_COMPLETED), counted(home, Metric.ROUTED)) == (1, 1)


def test_an_api_that_is_down_fails_no_invocation_and_the_event_goes_when_it_is_up(api: Api) -> None:
    """Lambda would try again immediately, and count an error that nobody can fix."""
    home = opened(api)
    event_id = notify(home, 11, 1)
    home.pass_on()
    assert home.status(event_id) is Status.RECEIVED

    home.clock.advance(MINUTE)
    run_recoverer(home)
    assert api.times(1) == 2
    api.has(1)
    home.clock.advance(2 * MINUTE)
    run_recoverer(home)

    assert home.standing("q") == [event_id]
    assert counted(home, Metric.FAILED) == 0


def test_it_is_said_how_many_wait_and_for_how_long(api: Api) -> None:
    """An alarm watches it. Where none waits there is no such metric."""
    home = opened(api)
    home.recoverer({}, Invocation())
    assert all(Metric.RECORD_OLDEST_SECONDS not in line.metrics for line in home.telemetry.records)
    notify(home, 11, 1)
    home.pass_on()
    home.clock.advance(timedelta(hours=2))

    home.recoverer({}, Invocation())

    line = home.telemetry.records[-1]
    assert line.metrics[Metric.RECORD_OLDEST_SECONDS] == 7200
    assert line.fields["waiting_for_records"] == 1
    assert line.metrics[Metric.OUTBOX_OLDEST_SECONDS] == 0


def test_after_seven_days_it_is_routed_without_a_record_once_and_counted(api: Api) -> None:
    """The pauses grow until then: a week has ten thousand minutes."""
    home = opened(api)
    event_id = notify(home, 11, 1)
    home.pass_on()
    for _ in range(7 * 24 * 4 + 2):
        home.clock.advance(15 * MINUTE)
        run_recoverer(home)

    assert home.standing("unrouted") == [event_id]
    assert home.status(event_id) is Status.UNMATCHED
    assert counted(home, Metric.RECORDS_MISSING) == 1
    assert api.times(1) < 700


def test_a_hundred_that_wait_cause_few_questions(api: Api) -> None:
    """Each invocation learns once that the API is down."""
    home = opened(api)
    for number in range(1, 101):
        notify(home, number, number)
    home.pass_on()
    asked = len(api.asked)
    home.clock.advance(10 * MINUTE)
    run_recoverer(home)

    assert asked == 1
    assert len(api.asked) - asked <= 5


def test_a_function_that_is_nearly_out_of_time_leaves_the_rest_for_later(api: Api) -> None:
    """Nothing is lost, and no error is raised: the event is due again."""
    api.has(1)
    home = opened(api)
    event_id = notify(home, 11, 1)
    (payload,) = home.dispatcher.take()

    home.router(payload, Invocation(left=12_000, step=9_000))

    assert home.status(event_id) is Status.RECEIVED
    home.clock.advance(MINUTE)
    run_recoverer(home)
    assert home.standing("q") == [event_id]


def test_other_events_of_the_same_lot_do_not_wait(api: Api) -> None:
    """They are sent before anything is asked."""
    home = opened(api)
    waits, goes = notify(home, 11, 1), notify(home, 12, 9, topic="subscription_preapproval")
    home.dispatcher.take()
    sent: list[int] = []
    api.on_ask = lambda: sent.append(len(home.standing("unrouted")))

    home.dispatcher.dispatch_stored([waits, goes])
    home.pass_on()

    assert home.standing("unrouted") == [goes]
    assert sent == [1]


def test_a_storage_that_fails_meanwhile_costs_a_question_and_no_event(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is fetched again."""
    api.has(1)
    home = opened(api)
    event_id = notify(home, 11, 1)

    def busy(*_: object, **__: object) -> None:
        raise UnavailableError("storage_unavailable", "busy")

    with monkeypatch.context() as failing:
        failing.setattr(home.outbox, "deliver", busy)
        home.pass_on()
    assert home.status(event_id) is Status.RECEIVED
    home.clock.advance(timedelta(hours=1))
    run_recoverer(home)

    assert home.standing("q") == [event_id]
    assert api.times(1) == 2


def test_a_held_event_is_asked_for_once_its_source_is_resumed(api: Api) -> None:
    """An operator holds a source to change something before its events are routed."""
    home = opened(api)
    home.pauses.put(
        Pause(kind=Paused.SOURCE, name="s", state=PauseState.HOLDING, since=home.clock.now(), actor="a", reason="b")
    )
    event_id = notify(home, 11, 1)
    home.pass_on()
    run_recoverer(home)
    assert api.asked == []

    home.held.release([event_id])
    home.dispatcher.dispatch_stored([event_id])
    home.pass_on()
    assert (api.times(1), home.status(event_id)) == (1, Status.RECEIVED)
    api.has(1)
    home.clock.advance(MINUTE)
    run_recoverer(home)

    assert home.standing("q") == [event_id]


def test_a_replay_keeps_the_record_and_asks_nothing(api: Api) -> None:
    """A replay repeats what happened at that time."""
    api.has(1)
    home = opened(api)
    event_id = notify(home, 11, 1)
    home.pass_on()

    home.events.reopen(event_id)
    home.dispatcher.dispatch_stored([event_id])
    home.pass_on()

    assert home.standing("q") == [event_id, event_id]
    assert api.times(1) == 1


def test_events_of_one_payment_keep_their_order_on_a_fifo_queue(api: Api) -> None:
    """The router that has the second one sends the first one first."""
    home = opened(api, FIFO)
    first = notify(home, 11, 1)
    home.pass_on()
    home.clock.advance(timedelta(seconds=10))
    api.has(1)
    other = notify(home, 12, 1)
    home.pass_on()

    assert home.standing("q") == [first, other]
