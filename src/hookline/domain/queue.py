"""A named queue and its dead-letter queue."""

from __future__ import annotations

from datetime import timedelta

from hookline.record import record

__all__ = ["DEAD_LETTER_SUFFIX", "DEAD_LETTER_VISIBILITY_TIMEOUT", "UNROUTED", "Queue"]

UNROUTED = "unrouted"
"""Where events go that no route wants; it is there without being declared."""

DEAD_LETTER_SUFFIX = "-dlq"

DEAD_LETTER_VISIBILITY_TIMEOUT = timedelta(seconds=30)
"""SQS's own default; nothing in hookline.toml changes it."""


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
