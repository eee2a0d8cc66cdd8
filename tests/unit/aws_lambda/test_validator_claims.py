"""Repeated calls in another form, at the validator: counted, alarmed, and marked on their queue."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.ports.telemetry import Metric
from unit.aws_lambda.fakes import AT, Home, Invocation, KeptSecrets, body_of, proxy_event

TOML = """
[sources.s]
verify = { scheme = "github", secrets = ["S"] }
[queues.all]
[[routes]]
match = { source = ["hookline/s"] }
queues = ["all"]
"""
SECRET = b"a-secret-of-some-length"
BODY = b'{"ref": "refs/heads/main"}'


def call(home: Home, delivery_id: str, body: bytes = BODY) -> Request:
    """A call that GitHub signed."""
    signed = home.config.schemes["s"].sign(body, secret=SECRET, delivery_id="", at=AT)
    fields = {"content-type": "application/json", "x-github-delivery": delivery_id, "x-github-event": "push"} | signed
    headers = Headers((name.encode(), value.encode()) for name, value in fields.items())
    return Request(method="POST", path="/webhook/s", headers=headers, body=body, received_at=AT)


def opened() -> Home:
    """A home with one source whose ids are not signed."""
    return Home(config=parse(TOML, base=Path()), secrets=KeptSecrets({"S": SECRET}))


def test_a_repeated_body_is_counted_and_carries_its_mark_to_the_queue() -> None:
    """The router must not get the event as it was received: the store has marked it since."""
    home = opened()

    answers = [home.validator(proxy_event(call(home, id_)), Invocation()) for id_ in ("a", "b")]
    home.pass_on()

    messages = {one["id"]: one for one in (json.loads(each.body) for each in home.queues.peek("all", limit=9))}
    assert [answer["statusCode"] for answer in answers] == [202, 202]
    assert [body_of(answer)["status"] for answer in answers] == ["accepted", "accepted"]
    assert messages["s:b"]["repeatedbody"] == "s:a"
    assert "repeatedbody" not in messages["s:a"]


def test_repeated_bodies_and_conflicts_are_warnings_with_metrics_of_their_own() -> None:
    """An alarm looks at the metric, an operator at the line."""
    home = opened()
    calls = [call(home, "a"), call(home, "b"), call(home, "a", b'{"ref": "other"}')]

    for one in calls:
        home.validator(proxy_event(one), Invocation())

    lines = [record for record in home.telemetry.records if record.event == "request"]
    assert [line.level for line in lines] == ["info", "warning", "warning"]
    assert [dict(line.metrics) for line in lines] == [
        {Metric.ACCEPTED: 1},
        {Metric.ACCEPTED: 1, Metric.REPEATED_BODY: 1},
        {Metric.CONFLICT: 1},
    ]


def test_the_body_of_an_expired_event_is_no_new_event() -> None:
    """The same in both homes: retention ends the event, and not what is known of its call."""
    home = opened()
    home.validator(proxy_event(call(home, "a")), Invocation())
    home.pass_on()
    home.queues.delete("all", [one.receipt for one in home.queues.receive("all")])
    home.clock.advance(timedelta(days=90))

    answer = home.validator(proxy_event(call(home, "a")), Invocation())

    assert body_of(answer)["status"] == "duplicate"
