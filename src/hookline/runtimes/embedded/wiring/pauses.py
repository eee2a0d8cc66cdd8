"""Creates the watch that applies pauses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.sqlite import SqliteEventStore, SqliteHeldEvents, SqliteOutbox, SqlitePauses
from hookline.runtimes.embedded.pause_watch import PauseWatch, deliver_held

if TYPE_CHECKING:
    from hookline.adapters.sqlite import Database
    from hookline.ports.clock import Clock
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.call_limits import CallLimits
    from hookline.runtimes.embedded.log import Log

__all__ = ["pause_watch_of"]


def pause_watch_of(database: Database, current: ActiveConfig, limits: CallLimits, clock: Clock, log: Log) -> PauseWatch:
    """The watch of a server, which applies the pauses of sources to ``limits``."""
    held = SqliteHeldEvents(database)
    return PauseWatch(
        SqlitePauses(database),
        held,
        deliver_held(SqliteEventStore(database), SqliteOutbox(database), held, current, log),
        use=partial(setattr, limits, "paused"),
        guard=current.guard,
        clock=clock,
        log=log,
    )
