"""Runs the demo once: sends the whole mix to a server, and counts every answer and queue."""

from __future__ import annotations

import asyncio
from collections import Counter
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

import orjson

from hookline.demo.findings import Findings
from hookline.demo.tally import Tally
from hookline.demo.traffic import fire, post, session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import aiohttp

    from hookline.demo.mix import Mix, Shot
    from hookline.demo.server import DemoServer

__all__ = ["run"]

_CONCURRENCY = 64
_SETTLE_SECONDS = 10.0
_SHOWN_QUEUE = "payments"
_MEDIA_TYPE = "application/x-amz-json-1.0"
_LOOK_EVERY = 0.05
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


async def run(planned: Mix, server: DemoServer, *, advance: Callable[[], None], queues: Sequence[str]) -> Findings:
    """Send all calls; the findings are the answers that the client got, and the messages that a consumer then finds on every queue."""
    answers: Counter[tuple[int | None, str]] = Counter()
    tally = Tally()
    async with session() as client:

        async def act(shot: Shot, _due: float) -> None:
            request = shot.build()
            answer = await post(client, f"{server.url}{request.path}", request)
            answers[answer.status, answer.outcome] += 1
            tally.add(answer)
            advance()

        started = perf_counter()
        await fire(planned.shots, act, concurrency=_CONCURRENCY)
        seconds = perf_counter() - started
        expected = dict.fromkeys(queues, 0) | dict(planned.queues)
        depths = await _settled_depths(client, server.admin, expected, seconds=_SETTLE_SECONDS)
        message = await _first_message(client, server.admin, _SHOWN_QUEUE)
    return Findings(
        answers=answers,
        expected_answers=Counter((shot.status, shot.outcome) for shot in planned.shots),
        queues=depths,
        expected_queues=expected,
        tally=tally,
        seconds=seconds,
        message=message,
    )


async def _settled_depths(
    client: aiohttp.ClientSession, admin: str, expected: Mapping[str, int], *, seconds: float
) -> dict[str, int]:
    """The depth of each queue, as soon as all are as ``expected``, or after ``seconds``."""
    deadline = monotonic() + seconds
    while True:
        found = await _depths(client, admin, tuple(expected))
        if found == dict(expected) or monotonic() > deadline:
            return found
        await asyncio.sleep(_LOOK_EVERY)


async def _depths(client: aiohttp.ClientSession, admin: str, queues: Sequence[str]) -> dict[str, int]:
    """How many messages each queue has, visible and in flight."""
    found = {}
    for queue in queues:
        answer = await _call(
            client, admin, "GetQueueAttributes", {"QueueUrl": _url(admin, queue), "AttributeNames": list(_COUNTS)}
        )
        attributes = answer["Attributes"]
        found[queue] = sum(int(attributes[name]) for name in _COUNTS) if isinstance(attributes, dict) else -1
    return found


async def _first_message(client: aiohttp.ClientSession, admin: str, queue: str) -> str | None:
    """The body of a message, which stays on the queue and is visible again immediately; None when there is none."""
    answer = await _call(client, admin, "ReceiveMessage", {"QueueUrl": _url(admin, queue), "VisibilityTimeout": 0})
    messages = answer.get("Messages")
    return str(messages[0]["Body"]) if isinstance(messages, list) else None


def _url(admin: str, queue: str) -> str:
    return f"{admin}/000000000000/{queue}"


async def _call(
    client: aiohttp.ClientSession, admin: str, action: str, parameters: Mapping[str, object]
) -> dict[str, object]:
    headers = {"content-type": _MEDIA_TYPE, "x-amz-target": f"AmazonSQS.{action}"}
    async with client.post(f"{admin}/", data=orjson.dumps(parameters), headers=headers) as response:
        response.raise_for_status()
        document: dict[str, object] = orjson.loads(await response.read())
        return document
