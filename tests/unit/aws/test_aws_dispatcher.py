"""Asking the router, by what really leaves for Lambda."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from contract.builders import event
from hookline.adapters.aws.clients import Clients
from hookline.adapters.aws.dispatcher import LambdaDispatcher
from hookline.adapters.aws.names import INLINE_LIMIT
from hookline.domain.invocation import decode
from hookline.errors import UnavailableError
from unit.aws.stubs import Stub

if TYPE_CHECKING:
    from collections.abc import Iterator

ASYNC_LIMIT = 1024 * 1024


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LambdaDispatcher, Stub]]:
    """A dispatcher, and the stub that replaces the router."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    stub = Stub(answers=[(202, b"")])
    with Clients("us-east-1") as clients:
        yield LambdaDispatcher(stub.before(clients.invoker()), function="event-router-test"), stub


def payloads(stub: Stub) -> list[object]:
    """What the router would receive."""
    return [decode(json.loads(request.body)) for request in stub.requests]


def test_a_fresh_event_is_passed_whole(router: tuple[LambdaDispatcher, Stub]) -> None:
    """The router need not read what was stored a moment ago; and no caller waits for it."""
    dispatcher, stub = router

    dispatcher.dispatch(event())

    (request,) = stub.requests
    assert payloads(stub) == [event()]
    assert request.url.endswith("/functions/event-router-test/invocations")
    assert request.headers["X-Amz-Invocation-Type"] in ("Event", b"Event")


def test_the_largest_event_that_is_passed_whole_fits(router: tuple[LambdaDispatcher, Stub]) -> None:
    """An asynchronous invocation takes a megabyte; the body grows by a third on its way."""
    dispatcher, stub = router

    dispatcher.dispatch(event(body=b"\xff" * INLINE_LIMIT))

    (request,) = stub.requests
    assert len(request.body) < ASYNC_LIMIT


def test_an_event_whose_body_is_in_the_bucket_is_passed_by_id(router: tuple[LambdaDispatcher, Stub]) -> None:
    """The router reads it where it is."""
    dispatcher, stub = router

    dispatcher.dispatch(event(body=b"x" * (INLINE_LIMIT + 1)))

    assert payloads(stub) == [(event().id,)]


def test_stored_events_go_a_hundred_at_a_time(router: tuple[LambdaDispatcher, Stub]) -> None:
    """One invocation's worth of work ends well before the router's time does."""
    dispatcher, stub = router
    ids = [event(f"evt_{number}").id for number in range(250)]

    dispatcher.dispatch_stored(ids)

    assert payloads(stub) == [tuple(ids[:100]), tuple(ids[100:200]), tuple(ids[200:])]


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (429, "TooManyRequestsException", "storage_unavailable"),
        (404, "ResourceNotFoundException", "internal_fault"),
        (403, "AccessDeniedException", "internal_fault"),
    ],
)
def test_a_router_that_cannot_be_asked_is_a_fault_for_the_caller_to_judge(
    router: tuple[LambdaDispatcher, Stub], status: int, code: str, meaning: str
) -> None:
    """The validator answers 202 anyway: the event is stored, and the recoverer calls the router again."""
    dispatcher, stub = router
    stub.answers = [(status, json.dumps({"Type": "User", "__type": code, "message": "no"}).encode())]

    with pytest.raises(UnavailableError, match=code) as caught:
        dispatcher.dispatch(event())

    assert caught.value.code == meaning
