"""A consumer's view of the queues, through the SQS API and nothing else."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import aiohttp

__all__ = ["depths", "first_message", "settled_depths"]

_MEDIA_TYPE = "application/x-amz-json-1.0"
_LOOK_EVERY = 0.05
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


async def settled_depths(
    client: aiohttp.ClientSession, admin: str, expected: Mapping[str, int], *, seconds: float
) -> dict[str, int]:
    """The depth of each queue once they are as ``expected``, or after ``seconds``."""
    deadline = monotonic() + seconds
    while True:
        found = await depths(client, admin, tuple(expected))
        if found == dict(expected) or monotonic() > deadline:
            return found
        await asyncio.sleep(_LOOK_EVERY)


async def depths(client: aiohttp.ClientSession, admin: str, queues: Sequence[str]) -> dict[str, int]:
    """How many messages stand on each queue, visible and in flight."""
    found = {}
    for queue in queues:
        answer = await _call(
            client, admin, "GetQueueAttributes", {"QueueUrl": _url(admin, queue), "AttributeNames": list(_COUNTS)}
        )
        attributes = answer["Attributes"]
        found[queue] = sum(int(attributes[name]) for name in _COUNTS) if isinstance(attributes, dict) else -1
    return found


async def first_message(client: aiohttp.ClientSession, admin: str, queue: str) -> str | None:
    """The body of a message, which stays on the queue and is visible again at once; None when there is none."""
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
