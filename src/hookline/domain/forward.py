"""A queue whose messages are delivered to an HTTP endpoint."""

from __future__ import annotations

from datetime import timedelta

from hookline.record import record

__all__ = ["LONGEST_DELAY", "Forward"]

LONGEST_DELAY = timedelta(hours=11, minutes=50)
"""The longest time until the next attempt. SQS hides a message for at most 12 hours after its receive; the difference is the time for the
attempt itself.
"""

_SPARE = timedelta(seconds=30)
"""Extra time for deleting the message when the storage is busy."""


@record
class Forward:
    """The endpoint of one queue's messages, and how they are sent there.

    ``secret_names`` are the secrets that sign each request, one signature for each.

    After a failed attempt the next one follows after ``min_backoff``; the wait doubles after each further failure, up to ``max_backoff``.
    After ``breaker_failures`` failures in a row, nothing is sent for ``breaker_pause``. Where ``is_fifo``, a message is sent only after the
    one ahead of it in its group is delivered or is a dead letter.
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
        """How long a message that was received for an attempt stays hidden from others: longer than the attempt can take."""
        return self.timeout + _SPARE
