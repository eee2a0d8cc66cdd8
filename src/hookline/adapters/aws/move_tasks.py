"""Moves dead letters back with the move tasks of SQS."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.errors import code_of, translated, unavailable
from hookline.adapters.aws.queue_urls import QueueUrls
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import NotFoundError
from hookline.ports.move_tasks import MoveStatus, MoveTask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.adapters.aws.clients import LazyClient
    from hookline.domain.queue import Queue
    from hookline.ports.clock import Clock

__all__ = ["SqsMoveTasks"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_LISTED = 10
"""The most tasks of a queue that SQS lists."""

_ARN = "QueueArn"
_WAITING = "ApproximateNumberOfMessages"
_STATUS = {"CANCELLING": MoveStatus.CANCELLED}
_REFUSED = "InvalidParameterValue"
_ENDED = "UnsupportedOperation"
_UNKNOWN = ("ResourceNotFoundException", "QueueDoesNotExist")


class SqsMoveTasks:
    """Move tasks over SQS. ``url_prefix`` is the URL of any queue up to its last slash, inclusive.

    SQS gives a task an id only while the task runs: the id of an ended task is empty.
    """

    def __init__(
        self, client: LazyClient, *, queues: Sequence[Queue], environment: str, url_prefix: str, clock: Clock
    ) -> None:
        self._client = opened(client)
        self._urls = QueueUrls(queues, environment=environment, prefix=url_prefix)
        self._clock = clock

    def start(self, queue: str, *, to: str | None = None, rate: int | None = None) -> MoveTask | None:
        """Start a move task: at most ``rate`` messages a second (at most 500), or as fast as SQS can."""
        source = self._dead_letters(queue)
        target = self._attributes(to or queue.removesuffix(DEAD_LETTER_SUFFIX))
        more: dict[str, object] = {} if to is None else {"DestinationArn": target[_ARN]}
        more |= {} if rate is None else {"MaxNumberOfMessagesPerSecond": rate}
        try:
            with translated(but=(_REFUSED, *_UNKNOWN)):
                answer = self._client().start_message_move_task(SourceArn=source[_ARN], **more)
        except ClientError as error:
            self._refused(queue, error)
            return None
        return MoveTask(
            id=answer["TaskHandle"],
            queue=queue,
            to=to,
            rate=rate,
            status=MoveStatus.RUNNING,
            moved=0,
            to_move=int(source[_WAITING]),
            started_at=self._clock.now(),
        )

    def newest(self, queue: str, *, limit: int) -> list[MoveTask]:
        """The queue's tasks, the newest first, at most ten."""
        arn = self._dead_letters(queue)[_ARN]
        with translated():
            answer = self._client().list_message_move_tasks(SourceArn=arn, MaxResults=min(limit, _MOST_LISTED))
        return [self._task(queue, one) for one in answer.get("Results", ())]

    def cancel(self, queue: str, task_id: str) -> MoveTask | None:
        """Cancel the task; SQS may move some more messages before it stops."""
        task = next((one for one in self.newest(queue, limit=_MOST_LISTED) if one.id == task_id != ""), None)
        if task is None:
            return None
        try:
            with translated(but=(_ENDED,)):
                answer = self._client().cancel_message_move_task(TaskHandle=task_id)
        except ClientError:
            return replace(task, status=MoveStatus.COMPLETED)
        return replace(task, moved=answer["ApproximateNumberOfMessagesMoved"])

    def _refused(self, queue: str, error: ClientError) -> None:
        """Raise unless another task runs, for which SQS has no special error."""
        if code_of(error) in _UNKNOWN:
            raise NotFoundError(
                f"SQS has no dead-letter queue {queue}, or no queue that its messages may go to"
            ) from None
        if not any(task.status is MoveStatus.RUNNING for task in self.newest(queue, limit=1)):
            raise unavailable(error) from error

    def _dead_letters(self, queue: str) -> Mapping[str, str]:
        if not queue.endswith(DEAD_LETTER_SUFFIX):
            raise NotFoundError(f"{queue} is not a dead-letter queue")
        return self._attributes(queue)

    def _attributes(self, queue: str) -> Mapping[str, str]:
        url = self._urls.url(queue)
        with translated():
            answer = self._client().get_queue_attributes(QueueUrl=url, AttributeNames=[_ARN, _WAITING])
        attributes: Mapping[str, str] = answer["Attributes"]
        return attributes

    def _task(self, queue: str, listed: Mapping[str, Any]) -> MoveTask:  # botocore's answer
        status, target = listed["Status"], listed.get("DestinationArn")
        return MoveTask(
            id=listed.get("TaskHandle", ""),
            queue=queue,
            to=None if target is None else self._urls.name(target),
            rate=listed.get("MaxNumberOfMessagesPerSecond"),
            status=_STATUS.get(status) or MoveStatus(status.lower()),
            moved=listed.get("ApproximateNumberOfMessagesMoved", 0),
            to_move=listed.get("ApproximateNumberOfMessagesToMove", 0),
            started_at=_EPOCH + timedelta(milliseconds=listed["StartedTimestamp"]),
            failure=listed.get("FailureReason"),
        )
