"""Opens the database of a server, in steps that a full disk may delay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.adapters.sqlite import Database, SqliteHandshakeSecrets, SqliteInventory, Tuning
from hookline.runtimes.embedded.startup import StartupSteps, learn, report
from hookline.runtimes.embedded.wiring.keeper import FEWEST_PAGES
from hookline.runtimes.embedded.wiring.storage_keys import sealing_of

if TYPE_CHECKING:
    from hookline.adapters.local import SystemClock
    from hookline.adapters.local.secrets import LoadedSecrets
    from hookline.adapters.sqlite import DataDirectory
    from hookline.adapters.sqlite.upgrade import Upgrade
    from hookline.config import Config
    from hookline.errors import UnavailableError
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.reload import Read
    from hookline.runtimes.embedded.settings import Settings
    from hookline.runtimes.embedded.wiring.canary import CanarySecret

__all__ = ["OpenedStore", "database_of", "startup_of"]

_LONGEST_LOG = 64 * 1024 * 1024
_LOCK_SHARE = 0.8
"""The part of the storage timeout that may pass waiting for another program's lock, so that the log can name the lock as the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedStore:
    """The database, the steps that remain to open it with the ``fault`` that stopped them, and the disk bytes that are not for new events.

    ``canary_secret`` is not stored in the database.
    """

    database: Database
    startup: StartupSteps
    fault: UnavailableError | None
    reserve: int
    canary_secret: CanarySecret


def database_of(directory: DataDirectory, read: Read, settings: Settings, clock: SystemClock, reserve: int) -> Database:
    """The database of this directory, not opened yet. ``reserve`` is in bytes."""
    config, secrets = read
    return Database(
        directory.database,
        clock=clock,
        event_retention=config.retention,
        sealing=sealing_of(config, secrets),
        tuning=Tuning(
            write_timeout=_LOCK_SHARE * settings.server.storage_timeout.total_seconds(),
            log_limit=min(_LONGEST_LOG, max(reserve // 4, FEWEST_PAGES * 4096)) if reserve else _LONGEST_LOG,
        ),
    )


def startup_of(database: Database, config: Config, known: LoadedSecrets, log: Log) -> StartupSteps:
    """The steps that open the database. With a full disk they fail, and are done later."""
    return StartupSteps(
        [
            database.prepare,
            lambda: _report_upgrade(database.upgrade, log),
            lambda: report(config, SqliteInventory(database), log),
            lambda: database.declare(config.queues),
            lambda: learn(config, known, SqliteHandshakeSecrets(database)),
        ]
    )


def _report_upgrade(done: Upgrade | None, log: Log) -> None:
    if done is not None:
        text = "the database was upgraded from an older version"
        log.say("info", text, before=done.before, after=done.after, events=done.events, seconds=round(done.seconds, 3))
