"""Creates the SQS API."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.sqlite import SqliteAuditLog, SqliteMoveTasks, SqliteQueues
from hookline.runtimes.embedded.admin import ReloadableApp
from hookline.runtimes.embedded.mover import Mover
from hookline.sqs_api import Purges, sqs_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.adapters.sqlite import Database
    from hookline.errors import UnavailableError
    from hookline.runtimes.embedded.log import Log

__all__ = ["queues_app"]


def queues_app(
    database: Database,
    log: Log,
    *,
    most_waits: int,
    refusal: Callable[[int], UnavailableError | None],
    stopping: Callable[[], bool],
) -> tuple[ReloadableApp, Mover]:
    """The SQS API over one database, with the options of ``sqs_app``, and the mover of its move tasks, which must be started.

    Its state stays when the queues that it serves change.
    """
    moves = SqliteMoveTasks(database)
    mover = Mover(moves, log=log)
    app = ReloadableApp(
        partial(
            sqs_app,
            SqliteQueues(database),
            audit=SqliteAuditLog(database),
            now=database.clock.now,
            purges=Purges(),
            moves=moves,
            moves_begun=mover.wake,
            most_waits=most_waits,
            refusal=refusal,
            stopping=stopping,
        )
    )
    return app, mover
