"""Puts the SQS API together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.sqlite import SqliteAuditLog, SqliteQueues
from hookline.runtimes.embedded.admin import Replaceable
from hookline.sqs_api import Purges, sqs_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.adapters.sqlite import Database
    from hookline.errors import UnavailableError

__all__ = ["queues_app"]


def queues_app(
    database: Database,
    *,
    most_waits: int,
    refusal: Callable[[int], UnavailableError | None],
    stopping: Callable[[], bool],
) -> Replaceable:
    """The SQS API over one database, with the options of ``sqs_app``. What it remembers outlives a change of the queues that it serves."""
    return Replaceable(
        partial(
            sqs_app,
            SqliteQueues(database),
            audit=SqliteAuditLog(database),
            now=database.clock.now,
            purges=Purges(),
            most_waits=most_waits,
            refusal=refusal,
            stopping=stopping,
        )
    )
