"""Puts together what looks after the stored events: recovery, retention, checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite import SqliteIndexUpkeep, SqliteOutbox, SqliteRetention, SqliteWaitingCounts
from hookline.runtimes.embedded.keeper import Keeper

if TYPE_CHECKING:
    from hookline.adapters.sqlite import Database
    from hookline.ports.clock import Clock
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.expiry_guard import ExpiryGuard
    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.startup import StartupSteps

__all__ = ["FEWEST_PAGES", "keeper_of"]

_CHECKPOINT_PAGES = 8_000
"""Pages of 4 KiB: 32 MiB of write-ahead log. The longer it is, the more often one page of an index takes several events at once."""

FEWEST_PAGES = 256
"""However small the disk is: a checkpoint costs two waits for it."""


def keeper_of(
    database: Database,
    current: ActiveConfig,
    *,
    startup: StartupSteps,
    reserve: int,
    clock: Clock,
    health: Health,
    expiry: ExpiryGuard,
    log: Log,
) -> Keeper:
    """The keeper of a server. ``reserve`` is in bytes; ``startup`` are the steps that a failing disk may have left undone."""
    return Keeper(
        outbox=SqliteOutbox(database),
        retention=SqliteRetention(database),
        router=current,
        guard=current.guard,
        clock=clock,
        health=health,
        log=log,
        checkpoint=lambda: _checkpoint(database, _checkpoint_pages(reserve)),
        probe=lambda: _probe(database, startup),
        upkeep=(SqliteWaitingCounts(database).advance, SqliteIndexUpkeep(database).advance),
        may_sweep=expiry,
    )


def _probe(database: Database, startup: StartupSteps) -> None:
    """Whether the storage can be written again; what could not be done at the start is done first."""
    startup.go_on()
    database.probe()


def _checkpoint_pages(reserve: int) -> int:
    """How long the write-ahead log may grow: the file must be able to take all of it out of the reserve."""
    return min(_CHECKPOINT_PAGES, max(FEWEST_PAGES, reserve // 4 // 4096)) if reserve else _CHECKPOINT_PAGES


def _checkpoint(database: Database, pages: int) -> bool:
    """Bring the log into the file where it has grown; whether it had."""
    if database.wal_pages() <= pages:
        return False
    database.checkpoint()
    return True
