"""``python -m bench.queue_client URL``: a consumer or sender in a process of its own, which does what comes in on stdin, a JSON line each.

Each order is answered with a JSON line on stdout. Times are those of the machine's monotonic clock, which all processes share.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any  # boto3 makes its clients' classes at run time

import boto3  # type: ignore[import-untyped] # boto3 carries no types
import orjson
from botocore.config import Config  # type: ignore[import-untyped] # botocore carries no types
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from bench.queue_wire import QueueWire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["BODY", "client", "main"]

_BATCH = 10
_LONG_POLL = 2  # seconds
_SERVER_FAILED = 500
_STAYS_AWAY = 600
"""Seconds for which a received message is hidden: longer than any measurement."""

BODY = "{" + f'"id":"transactions:evt_{"0" * 26}","data":"{"x" * 980}"' + "}"
"""About the time that a message of the example project takes."""


def client(url: str) -> Any:  # as above
    """boto3 as it comes, for the endpoint ``url``."""
    return boto3.client(
        "sqs",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",  # noqa: S106 -- no server here looks at it
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=60),
    )


def main() -> None:
    """Do one order after the other until stdin closes."""
    sqs = client(sys.argv[1])
    for line in sys.stdin.buffer:
        order = orjson.loads(line)
        answer = _ORDERS[order["do"]](sqs, order)
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


def _send(sqs: Any, order: Mapping[str, Any]) -> dict[str, object]:  # what JSON may hold
    """``count`` messages in batches."""
    for start in range(0, order["count"], _BATCH):
        entries = [{"Id": str(one), "MessageBody": BODY} for one in range(min(_BATCH, order["count"] - start))]
        answer = sqs.send_message_batch(QueueUrl=order["queue"], Entries=entries)
        if len(answer["Successful"]) != len(entries):
            raise SystemExit(f"not sent: {answer}")
    return {"sent": order["count"]}


def _pairs(sqs: Any, order: Mapping[str, Any]) -> dict[str, object]:  # as above
    """``pairs`` times receive ten and delete what came; when it began and ended, and how many messages it was."""
    began = time.monotonic()
    done = 0
    for _ in range(order["pairs"]):
        done += _receive_and_delete(sqs, order["queue"], wait=0)
    return {"began": began, "ended": time.monotonic(), "messages": done}


def _plain_pairs(_sqs: Any, order: Mapping[str, Any]) -> dict[str, object]:  # as above
    """The same over a plain socket."""
    wire = QueueWire(sys.argv[1])
    began = time.monotonic()
    done = sum(wire.receive_and_delete(order["queue"], hidden=_STAYS_AWAY) for _ in range(order["pairs"]))
    return {"began": began, "ended": time.monotonic(), "messages": done}


def _pace(sqs: Any, order: Mapping[str, Any]) -> dict[str, object]:  # as above
    """``count`` single messages at ``rate`` a second, each with the moment before it was sent."""
    start = time.monotonic()
    for number in range(order["count"]):
        if (early := start + number / order["rate"] - time.monotonic()) > 0:
            time.sleep(early)
        sqs.send_message(QueueUrl=order["queue"], MessageBody=orjson.dumps({"at": time.monotonic()}).decode())
    return {"sent": order["count"]}


def _poll(sqs: Any, order: Mapping[str, Any]) -> dict[str, object]:  # as above
    """Long polls until the file ``until`` is there; how many milliseconds after it was sent each message came."""
    took: list[float] = []
    until = Path(order["until"])
    while not until.exists():
        _receive_and_delete(sqs, order["queue"], wait=_LONG_POLL, took=took)
    return {"took": took}


def _receive_and_delete(sqs: Any, queue: str, *, wait: int, took: list[float] | None = None) -> int:  # as above
    answer = _again(
        sqs.receive_message,
        QueueUrl=queue,
        MaxNumberOfMessages=_BATCH,
        WaitTimeSeconds=wait,
        VisibilityTimeout=_STAYS_AWAY,
    )
    now = time.monotonic()
    messages = answer.get("Messages", [])
    if took is not None:
        took += [(now - orjson.loads(one["Body"])["at"]) * 1000 for one in messages]
    if messages:
        entries = [{"Id": str(number), "ReceiptHandle": one["ReceiptHandle"]} for number, one in enumerate(messages)]
        answer = _again(sqs.delete_message_batch, QueueUrl=queue, Entries=entries)
        if len(answer["Successful"]) != len(messages):
            raise SystemExit(f"not deleted: {answer}")
    return len(messages)


def _again(call: Callable[..., Any], **parameters: object) -> Any:  # as above
    """The answer of a call, made again immediately while the server fails: moto's does where four clients receive."""
    while True:
        try:
            return call(**parameters)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] < _SERVER_FAILED:
                raise


_ORDERS: Mapping[str, Callable[[Any, Mapping[str, Any]], dict[str, object]]] = {  # as above
    "send": _send,
    "pairs": _pairs,
    "plain pairs": _plain_pairs,
    "pace": _pace,
    "poll": _poll,
}

if __name__ == "__main__":
    main()
