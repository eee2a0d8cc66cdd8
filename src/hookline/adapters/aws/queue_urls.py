"""Gives the URLs of an environment's queues by their names in hookline.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.domain.queue import Queue

__all__ = ["QueueUrls"]


class QueueUrls:
    """The URLs of ``queues`` and their dead-letter queues, and of the router's failure queue.

    ``prefix`` is the URL of any queue up to its last slash, inclusive.
    """

    def __init__(self, queues: Sequence[Queue], *, environment: str, prefix: str) -> None:
        failures = {names.ROUTER_FAILURES: prefix + names.router_failure_queue(environment)}
        declared = {name: prefix + physical for queue in queues for name, physical in _physical(queue, environment)}
        self._urls = failures | declared

    def url(self, queue: str) -> str:
        """The URL of a queue or dead-letter queue. Raises NotFoundError."""
        url = self._urls.get(queue)
        if url is None:
            raise NotFoundError(f"there is no queue {queue}")
        return url

    def name(self, arn: str) -> str:
        """The queue's name in hookline.toml, or its SQS name where hookline.toml does not have it."""
        physical = arn.rpartition(":")[2]
        return next((name for name, url in self._urls.items() if url.endswith(f"/{physical}")), physical)


def _physical(queue: Queue, environment: str) -> Iterator[tuple[str, str]]:
    fifo = queue.fifo is not None
    yield queue.name, names.queue(queue.name, environment, fifo=fifo)
    yield queue.dead_letter_name, names.dead_letter_queue(queue.name, environment, fifo=fifo)
