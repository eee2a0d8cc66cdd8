"""Creates the housekeeper: recovery, retention and checkpoints."""

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
"""Pages of 4 KiB: 32 MiB of write-ahead log. In a longer log, one copied page of an index more often has several events."""

FEWEST_PAGES = 256
"""The shortest log in pages, even on a small disk: a checkpoint has to wait for two syncs."""


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
    """The keeper of a server. ``reserve`` is in bytes; ``startup`` has the steps that a failing disk may have prevented."""
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
    """Whether the storage can be written again; steps that failed at the start are done first."""
    startup.go_on()
    database.probe()


def _checkpoint_pages(reserve: int) -> int:
    """The highest number of pages of the write-ahead log: copying it into the file must fit into the reserve."""
    return min(_CHECKPOINT_PAGES, max(FEWEST_PAGES, reserve // 4 // 4096)) if reserve else _CHECKPOINT_PAGES


def _checkpoint(database: Database, pages: int) -> bool:
    """Copy the log into the file if it is long; returns whether it was."""
    if database.wal_pages() <= pages:
        return False
    database.checkpoint()
    return True
