"""A named queue and its dead-letter queue, and what both are called on AWS."""

from __future__ import annotations

import re
from datetime import timedelta

from hookline.record import record

__all__ = [
    "DEAD_LETTER_INFIX",
    "DEAD_LETTER_SUFFIX",
    "DEAD_LETTER_VISIBILITY_TIMEOUT",
    "QUEUE_INFIX",
    "UNROUTED",
    "Queue",
    "is_environment",
    "short_name",
]

UNROUTED = "unrouted"
"""Where events go that no route wants; it is there without being declared."""

DEAD_LETTER_SUFFIX = "-dlq"

DEAD_LETTER_VISIBILITY_TIMEOUT = timedelta(seconds=30)
"""SQS's own default; nothing in hookline.toml changes it."""


QUEUE_INFIX = "-queue-"
DEAD_LETTER_INFIX = "-dlq-"
"""What stands on AWS between a queue's name and the environment."""

_ENVIRONMENT = re.compile(r"(?!(?:.*-)?(?:queue|dlq)(?:-|$))[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?")
"""The queue ``a`` of an environment ``queue-b`` would be called like the queue ``a-queue`` of ``b``."""


@record
class Queue:
    """A queue's settings, in the terms of SQS.

    A message is received at most ``max_receives`` times; the next receive finds it on the dead-letter queue instead.
    """

    name: str
    max_receives: int = 5
    visibility_timeout: timedelta = timedelta(seconds=30)
    retention: timedelta = timedelta(days=7)
    dead_letter_retention: timedelta = timedelta(days=14)

    @property
    def dead_letter_name(self) -> str:
        """The name of the queue that takes what could not be consumed."""
        return f"{self.name}{DEAD_LETTER_SUFFIX}"


def is_environment(suffix: str) -> bool:
    """Whether ``suffix`` can name an environment on AWS."""
    return _ENVIRONMENT.fullmatch(suffix) is not None


def short_name(name: str) -> str | None:
    """The queue that is called ``name`` on AWS, in whatever environment, by its name in hookline.toml; None for any other text."""
    for infix, suffix in ((QUEUE_INFIX, ""), (DEAD_LETTER_INFIX, DEAD_LETTER_SUFFIX)):
        before, _, environment = name.rpartition(infix)
        if before and is_environment(environment):
            return before + suffix
    return None
