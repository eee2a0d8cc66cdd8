"""Moving dead letters back, which MiniStack does not know: each task moves what a test orders, so that it can be looked at half-way.

A moved message is a new one, with a new id and age. On a FIFO queue it keeps its group, and its own id is what it is deduplicated by.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from ministack.services import sqs  # type: ignore[import-untyped] # MiniStack carries no types

__all__ = ["TASKS", "move", "patch"]

Call = dict[str, Any]

TASKS: list[Call] = []
"""Every task, the oldest first, as SQS lists it, with the ids of the messages that it moves."""

_IDS = "ids"
_SOURCE = "DeadLetterQueueSourceArn"


def patch() -> None:
    """Add the three actions."""
    sqs._HANDLERS["StartMessageMoveTask"] = _start
    sqs._HANDLERS["ListMessageMoveTasks"] = _listed
    sqs._HANDLERS["CancelMessageMoveTask"] = _cancel


def move(limit: int) -> None:
    """Let the task that runs move up to ``limit`` messages; it ends with the step that finds less."""
    for task in [one for one in TASKS if one["Status"] == "RUNNING"]:
        source = sqs._queue_by_arn(task["SourceArn"])
        ready = [one for one in source["messages"] if one["id"] in task[_IDS] and one["visible_at"] <= sqs.time.time()]
        for message in ready[:limit]:
            source["messages"].remove(message)
            _send_again(message, task.get("DestinationArn") or message["sys"][_SOURCE])
        task["ApproximateNumberOfMessagesMoved"] += len(ready[:limit])
        if len(ready) < limit:
            task["Status"] = "COMPLETED"
            del task["TaskHandle"]


def _send_again(message: Call, arn: str) -> None:
    given = {name: value for name, value in message["sys"].items() if name == "AWSTraceHeader"}
    sqs._act_send_message(
        {
            "MessageBody": message["body"],
            "MessageAttributes": message["message_attributes"],
            "MessageSystemAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in given.items()
            },
            **({"MessageGroupId": message["group_id"]} if message["group_id"] else {}),
            **({"MessageDeduplicationId": message["id"]} if message["seq"] else {}),
        },
        sqs._queue_by_arn(arn)["url"],
    )


def _start(call: Call, _url: str) -> Call:
    source = _queue(call["SourceArn"], "SourceArn")
    if "DestinationArn" in call:
        _queue(call["DestinationArn"], "DestinationArn")
    if not any(call["SourceArn"] in str(one["attributes"].get("RedrivePolicy")) for one in sqs._queues.values()):
        raise sqs._Err("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    if any(one["SourceArn"] == call["SourceArn"] and one["Status"] == "RUNNING" for one in TASKS):
        raise sqs._Err("InvalidParameterValue", "There is already a task running.")
    content = {"taskId": str(uuid.uuid4()), "sourceArn": call["SourceArn"]}
    task: Call = {
        **{
            name: call[name] for name in ("SourceArn", "DestinationArn", "MaxNumberOfMessagesPerSecond") if name in call
        },
        "TaskHandle": base64.b64encode(json.dumps(content).encode()).decode(),
        "Status": "RUNNING",
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": len(source["messages"]),
        "StartedTimestamp": int(sqs.time.time() * 1000),
        _IDS: {one["id"] for one in source["messages"]},
    }
    TASKS.append(task)
    return {"TaskHandle": task["TaskHandle"]}


def _listed(call: Call, _url: str) -> Call:
    _queue(call["SourceArn"], "SourceArn")
    found = [one for one in reversed(TASKS) if one["SourceArn"] == call["SourceArn"]][: call.get("MaxResults", 1)]
    return {"Results": [{name: value for name, value in one.items() if name != _IDS} for one in found]}


def _cancel(call: Call, _url: str) -> Call:
    task = next((one for one in TASKS if one.get("TaskHandle") == call["TaskHandle"]), None)
    if task is None:
        raise sqs._Err("ResourceNotFoundException", "Task does not exist.", 404)
    task["Status"] = "CANCELLED"
    del task["TaskHandle"]
    return {"ApproximateNumberOfMessagesMoved": task["ApproximateNumberOfMessagesMoved"]}


def _queue(arn: str, parameter: str) -> Call:
    found: Call | None = sqs._queue_by_arn(arn)
    if found is None:
        said = f"The resource that you specified for the {parameter} parameter doesn't exist."
        raise sqs._Err("ResourceNotFoundException", said, 404)
    return found
