"""A queue whose messages are delivered to an HTTP endpoint."""

from __future__ import annotations

from datetime import timedelta

from hookline.record import record

__all__ = ["LONGEST_DELAY", "Forward"]

LONGEST_DELAY = timedelta(hours=11, minutes=50)
"""The longest time until the next attempt. SQS hides a message for 12 hours at most, from its receive: the rest is for the attempt."""

_SPARE = timedelta(seconds=30)
"""For deleting the message when the storage is busy."""


@record
class Forward:
    """Which queue goes where, and how. ``secret_names`` are the secrets that each request is signed with, one signature for each.

    An attempt that fails is followed by the next one after ``min_backoff``, twice as long after each further one, ``max_backoff`` at most.
    After ``breaker_failures`` failures in a row nothing is sent for ``breaker_pause``.
    Of a queue that ``is_fifo`` no message is sent before the one ahead of it in its group is delivered, or dead.
    """

    queue: str
    url: str
    secret_names: tuple[str, ...]
    concurrency: int = 8
    timeout: timedelta = timedelta(seconds=15)
    min_backoff: timedelta = timedelta(seconds=5)
    max_backoff: timedelta = timedelta(hours=1)
    breaker_failures: int = 10
    breaker_pause: timedelta = timedelta(seconds=30)
    allow_private: bool = False
    is_fifo: bool = False

    @property
    def visibility_timeout(self) -> timedelta:
        """How long nobody else gets a message that was received for an attempt: longer than the attempt can take."""
        return self.timeout + _SPARE
