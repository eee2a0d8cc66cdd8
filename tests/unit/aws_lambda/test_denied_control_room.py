"""The control room on AWS for an operator whose credentials miss rights: each page comes, and names what it could not ask."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: botocore's answers

import orjson
import pytest

from hookline.adapters.aws.clients import Clients
from hookline.config.loading import load
from hookline.dashboard.app import control_room_app
from hookline.runtimes.aws_lambda.wiring import control_room
from unit.dashboard.asking import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

EXAMPLE = Path(__file__).parents[3] / "examples" / "transactions" / "hookline.toml"
WHOLE = ("/", "/queues", "/sources", "/sources/transactions", "/rejected", "/routes")
"""Pages that need no right."""

DENIED = ("/events", "/events/transactions:evt_1", "/audit", "/queues/payments", "/rejected/1")
"""Pages about one thing that only AWS knows."""


class Answer:
    """An answer of HTTP without one."""

    status_code = 400


class RefusedClients(Clients):
    """Clients whose every call is refused as AWS refuses it, except the one that opens the control room."""

    def _create(self, service: str, config: Any) -> Any:
        client = super()._create(service, config)
        client.meta.events.register("before-call", refuse)
        return client


def refuse(model: Any, **_: object) -> tuple[Any, dict[str, Any]]:
    """A value that botocore takes for the service's answer."""
    if model.name == "GetFunctionConfiguration":
        names = {"HOOKLINE_TABLE": "t", "HOOKLINE_BUCKET": "b", "HOOKLINE_QUEUE_URL_PREFIX": "https://sqs.test/1/"}
        ok = Answer()
        ok.status_code = 200
        return ok, {"Environment": {"Variables": names}, "ResponseMetadata": {"HTTPStatusCode": 200}}
    error = {"Code": "AccessDeniedException", "Message": ""}
    return Answer(), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[ASGIApp]:
    """The room of an operator who may only open it."""
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")

    @contextmanager
    def refused(_environment: str) -> Iterator[Clients]:
        with RefusedClients("eu-central-1") as clients:
            yield clients

    monkeypatch.setattr(control_room, "operators_clients", refused)
    with control_room.open_control_room("test", load(EXAMPLE)) as room:
        yield control_room_app(room)


@pytest.mark.parametrize("path", WHOLE)
def test_a_page_comes_without_any_right_and_names_what_is_missing(app: ASGIApp, path: str) -> None:
    """A missing right must not prevent a person on call from seeing the whole page."""
    answer = ask(app, path)

    assert answer.status == 200
    assert path == "/routes" or "access denied to" in answer.text


@pytest.mark.parametrize("path", DENIED)
def test_a_page_about_what_may_not_be_read_says_which_right_is_missing(app: ASGIApp, path: str) -> None:
    """A storage that "does not answer" would send an operator to look for a fault that does not exist."""
    answer = ask(app, path)

    assert answer.status == 403
    assert "not known here: access denied to " in answer.text


def test_the_overview_of_the_api_has_the_missing_rights(app: ASGIApp) -> None:
    """A program has to see that a null means a missing right, and which."""
    document = orjson.loads(ask(app, "/api/overview").body)

    assert document["missing_rights"] == [
        "cloudwatch:GetMetricData",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "sqs:ListQueues",
    ]
    assert [document[name] for name in ("last_hour", "waiting", "dead", "stored", "rejections")] == [None] * 5
    assert "cloudwatch:GetMetricData" in document["sentence"]


def test_a_document_that_needs_the_right_is_a_problem_with_its_name(app: ASGIApp) -> None:
    """The same words as on the page, with a stable code."""
    answer = ask(app, "/api/events")
    problem = orjson.loads(answer.body)

    assert (answer.status, problem["code"]) == (403, "aws_access_denied")
    assert problem["detail"].startswith("not known here: access denied to dynamodb:")
