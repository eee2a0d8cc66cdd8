"""Passes the messages of a hookline queue to Celery, and deletes each when its task has succeeded.

So no message is lost, even if the broker loses tasks: a message whose task failed, or never ran, is delivered again, and later goes to
the dead-letter queue.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final  # boto3's answers are plain JSON

import boto3  # type: ignore[import-untyped] # it carries no types
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped] # it carries no types
from kombu.exceptions import OperationalError

from tasks import book

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery.result import AsyncResult  # type: ignore[import-untyped] # it carries no types

MOST: Final = 10
"""Messages whose tasks are not finished: also the most that one call receives."""

INVISIBLE: Final = int(os.environ.get("INVISIBLE_SECONDS", "60"))
"""Seconds for which a message stays hidden. It is prolonged while its task runs."""

LONGEST: Final = float(os.environ.get("TASK_SECONDS", "300"))
"""Seconds after which a task counts as lost: its message comes again."""


@dataclass(slots=True, kw_only=True)
class Handed:
    """A message whose task is not finished."""

    message: dict[str, Any]
    result: AsyncResult
    since: float
    prolonged: float


class Bridge:
    """One queue, and the tasks that its messages were handed to."""

    def __init__(self, queue_name: str) -> None:
        self._sqs = boto3.client("sqs")
        self._url: str = self._sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
        self._handed: list[Handed] = []
        print(f"waiting for messages of {self._url}", flush=True)

    def run(self, stopping: threading.Event, *, has_worker: Callable[[], bool]) -> None:
        """Start tasks and delete messages until ``stopping`` is set, and then until no task is left or there is no worker."""
        while (self._handed and has_worker()) or not stopping.is_set():
            try:
                if not stopping.is_set() and len(self._handed) < MOST:
                    self._receive(
                        wait=0 if self._handed else 5
                    )  # less than the 10 seconds that a container has to stop
                self._settle()
                self._prolong()
            except (BotoCoreError, ClientError) as error:  # the server restarts, or the network is down
                print(f"trying again in a second: {error}", flush=True)
                time.sleep(1)
            if self._handed:
                time.sleep(0.1)

    def _receive(self, *, wait: int) -> None:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=MOST - len(self._handed),
            WaitTimeSeconds=wait,
            VisibilityTimeout=INVISIBLE,
        )
        for message in answer.get("Messages", []):
            try:
                result = book.delay(message["Body"])
            except OperationalError as error:  # the broker is down: the message is delivered again
                print(f"not passed to Celery {message['MessageId']}: {error}", flush=True)
                continue
            now = time.monotonic()
            self._handed.append(Handed(message=message, result=result, since=now, prolonged=now))

    def _settle(self) -> None:
        """Delete the messages whose task succeeded, and forget those whose task failed or was lost."""
        now = time.monotonic()
        finished = [one for one in self._handed if one.result.ready()]
        lost = [one for one in self._handed if one not in finished and now - one.since > LONGEST]
        done = [one for one in finished if one.result.successful()]
        for one in finished:
            print(
                one.result.result if one in done else f"failed {one.message['MessageId']}: {one.result.result!r}",
                flush=True,
            )
        for one in lost:
            print(f"lost {one.message['MessageId']}: its task has not ended in {LONGEST:g} s", flush=True)
        if done:
            entries = [self._entry(one) for one in done]
            for failure in self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries).get("Failed", []):
                print(f"not deleted, it will be delivered again: {failure}", flush=True)
        for one in finished:
            one.result.forget()
        self._handed = [one for one in self._handed if one not in finished and one not in lost]

    def _prolong(self) -> None:
        """Keep messages hidden while their tasks run."""
        now = time.monotonic()
        due = [one for one in self._handed if now - one.prolonged > INVISIBLE / 3]
        if due:
            entries = [self._entry(one) | {"VisibilityTimeout": INVISIBLE} for one in due]
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
        for one in due:
            one.prolonged = now

    @staticmethod
    def _entry(one: Handed) -> dict[str, Any]:
        return {"Id": one.message["MessageId"], "ReceiptHandle": one.message["ReceiptHandle"]}


def main(stopping: threading.Event, *, has_worker: Callable[[], bool] = lambda: True) -> None:
    """Run until a signal comes, or ``stopping`` is set."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    Bridge(os.environ["QUEUE_NAME"]).run(stopping, has_worker=has_worker)


if __name__ == "__main__":
    main(threading.Event())
