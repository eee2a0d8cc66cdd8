"""Each action of SQS needs one right, and no action can reach a queue that its principal does not."""

from __future__ import annotations

import asyncio
import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: the ASGI specification's messages are dictionaries with any values

import botocore.session  # type: ignore[import-untyped] # botocore carries no types
import orjson
import pytest

from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.state import MemoryState
from hookline.domain.access import PRINCIPAL, Principal, Right
from hookline.domain.queue import Queue
from hookline.sqs_api import sqs_app
from hookline.sqs_api.actions import ACTIONS
from hookline.sqs_api.rights import RIGHTS, check_right
from hookline.sqs_api.wire_errors import ACCESS_DENIED, SqsError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.types import ASGIApp

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "sqs-api.md").read_text()


def principal(*rights: Right) -> Principal:
    """A principal with these rights on every queue."""
    return Principal(key_id="k", rights=frozenset(rights), queues=frozenset({"*"}))


def test_every_action_of_the_service_has_a_right() -> None:
    """Actions of the future too: without a right anyone could call them."""
    model = botocore.session.get_session().get_service_model("sqs")

    assert set(RIGHTS) == set(model.operation_names)
    assert set(ACTIONS) <= set(RIGHTS)


def test_the_reference_lists_them() -> None:
    """Users write `rights` with the help of that table."""
    rows = re.findall(r"^\| `(view|consume|operate)` \| (.+) \|$", PAGE, re.MULTILINE)
    documented = {action: right for right, actions in rows for action in re.findall(r"`([A-Z]\w+)`", actions)}

    assert documented == {action: right.value for action, right in RIGHTS.items()}


@pytest.mark.parametrize("action", RIGHTS)
def test_each_action_is_refused_without_its_right(action: str) -> None:
    """The test tries each of the three rights separately."""
    for right in Right:
        allowed = RIGHTS[action] in (right, Right.VIEW)
        if allowed:
            check_right(principal(right), action)
        else:
            with pytest.raises(SqsError, match=action) as caught:
                check_right(principal(right), action)
            assert caught.value.kind is ACCESS_DENIED


def test_an_action_that_nobody_knows_needs_the_most() -> None:
    """A forgotten action must not be open to all."""
    check_right(principal(Right.OPERATE), "NewAction")
    with pytest.raises(SqsError):
        check_right(principal(Right.CONSUME), "NewAction")


LISTS = frozenset({"ListQueues"})
"""Actions that name no queue: they may succeed, without the messages of others."""


def naming(queue: str) -> dict[str, object]:
    """All that any action may name a queue by, each naming this one."""
    dead_letters = f"arn:aws:sqs:us-east-1:000000000000:{queue}-dlq"
    return {
        "QueueUrl": f"http://localhost/000000000000/{queue}",
        "QueueName": queue,
        "SourceArn": dead_letters,
        "DestinationArn": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
        "ReceiptHandle": "handle",
        "TaskHandle": base64.b64encode(orjson.dumps({"taskId": "1", "sourceArn": dead_letters})).decode(),
        "VisibilityTimeout": 1,
        "MessageBody": "{}",
        "Entries": [{"Id": "1", "ReceiptHandle": "handle", "VisibilityTimeout": 1, "MessageBody": "{}"}],
        "Attributes": {},
    }


@pytest.mark.parametrize("queue", ["refunds", "refunds-queue-prod", "nowhere"])
@pytest.mark.parametrize("action", ACTIONS)
def test_no_action_reaches_a_queue_of_others(action: str, queue: str) -> None:
    """An action that is added later must not look its queue up in another way, or say which queues there are that are not the caller's."""
    declared = [Queue(name="payments"), Queue(name="refunds")]
    state = MemoryState(MemoryClock(datetime(2026, 1, 1, tzinfo=UTC)), declared, timedelta(days=30))
    who = Principal(key_id="k", rights=frozenset(Right), queues=frozenset({"payments"}))

    status, answer = asyncio.run(asked(sqs_app(MemoryQueues(state), declared), action, who, naming(queue)))

    assert queue not in answer
    assert "refunds" not in answer
    assert status == (200 if action in LISTS else 403)


async def asked(app: ASGIApp, action: str, who: Principal, parameters: dict[str, object]) -> tuple[int, str]:
    """The status and the body that the caller gets."""
    sent: list[MutableMapping[str, Any]] = []
    waiting = [{"type": "http.request", "body": orjson.dumps(parameters), "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = {
        "host": "localhost",
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": f"AmazonSQS.{action}",
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        PRINCIPAL: who,
    }
    await app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"].decode()
