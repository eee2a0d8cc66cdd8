"""A named queue and its dead-letter queue, and the names of both on AWS."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.fifo import FIFO_SUFFIX
from hookline.record import record

if TYPE_CHECKING:
    from hookline.domain.fifo import Fifo

__all__ = [
    "DEAD_LETTER_INFIX",
    "DEAD_LETTER_SUFFIX",
    "DEAD_LETTER_VISIBILITY_TIMEOUT",
    "LONGEST_VISIBILITY_TIMEOUT",
    "QUEUE_INFIX",
    "UNROUTED",
    "Queue",
    "is_environment",
    "short_name",
]

UNROUTED = "unrouted"
"""The queue for events that match no route; it exists without being declared."""

DEAD_LETTER_SUFFIX = "-dlq"

DEAD_LETTER_VISIBILITY_TIMEOUT = timedelta(seconds=30)
"""The default of SQS; no setting in hookline.toml changes it."""

LONGEST_VISIBILITY_TIMEOUT = timedelta(hours=12)
"""The longest time that SQS hides a message, counted from its receive, however often its timeout is changed."""


QUEUE_INFIX = "-queue-"
DEAD_LETTER_INFIX = "-dlq-"
"""The text between a queue's name and the environment on AWS."""

_ENVIRONMENT = re.compile(r"(?!(?:.*-)?(?:queue|dlq)(?:-|$))[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?")
"""Refuses some names: queue ``a`` of an environment ``queue-b`` would have the same name as queue ``a-queue`` of ``b``."""


@record
class Queue:
    """A queue's settings, in the terms of SQS.

    A message is received at most ``max_receives`` times; the next receive moves it to the dead-letter queue instead. With ``fifo`` the
    queue and its dead-letter queue keep the order of each group.
    """

    name: str
    max_receives: int = 5
    visibility_timeout: timedelta = timedelta(seconds=30)
    retention: timedelta = timedelta(days=7)
    dead_letter_retention: timedelta = timedelta(days=14)
    fifo: Fifo | None = None

    @property
    def dead_letter_name(self) -> str:
        """The name of the queue for messages that could not be consumed."""
        return f"{self.name}{DEAD_LETTER_SUFFIX}"

    @property
    def longest_stay(self) -> timedelta:
        """How long a message may stay on this queue and on its dead-letter queue together.

        A dead letter keeps the age of the original message; on a FIFO queue its age starts again
        (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html).
        """
        if self.fifo is None:
            return max(self.retention, self.dead_letter_retention)
        return self.retention + self.dead_letter_retention


def is_environment(suffix: str) -> bool:
    """Whether ``suffix`` can name an environment on AWS."""
    return _ENVIRONMENT.fullmatch(suffix) is not None


def short_name(name: str) -> str | None:
    """The name in hookline.toml of the queue that has this ``name`` on AWS, in whatever environment; None for any other text.

    FIFO queues and standard queues have the same names except for the ending ``.fifo``.
    """
    name = name.removesuffix(FIFO_SUFFIX)
    for infix, suffix in ((QUEUE_INFIX, ""), (DEAD_LETTER_INFIX, DEAD_LETTER_SUFFIX)):
        before, _, environment = name.rpartition(infix)
        if before and is_environment(environment):
            return before + suffix
    return None
