"""Events and their messages in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.errors import unavailable
from hookline.adapters.sqlite.event_rows import StoreEvents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.sqlite.database import Database
    from hookline.domain.event import Outcome
    from hookline.domain.route import RoutedEvent

__all__ = ["SqliteBatch", "SqliteRoutedStore"]


class SqliteBatch:
    """Staged rows; the transaction is open until ``commit`` or ``rollback``."""

    def __init__(self, database: Database, routed: Sequence[RoutedEvent], outcomes: Sequence[Outcome]) -> None:
        self._database = database
        self._routed = routed
        self.outcomes = outcomes

    def commit(self) -> None:
        """Wait until the disk has it all, and wake the consumers that wait for it."""
        self._database.commit()
        if self._database.arrivals.awaited:
            ids = self._database.queues.ids
            self._database.arrivals.at(ids[name] for item in self._routed for name in item.queues if name in ids)

    def rollback(self) -> None:
        """Forget it all."""
        self._database.abandon()


class SqliteRoutedStore:
    """RoutedStore over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stage(self, routed: Sequence[RoutedEvent], *, wait: bool = True) -> SqliteBatch | None:
        """Write events and messages into an open transaction."""
        database = self._database
        connection = database.begin(wait=wait)
        if connection is None:
            return None
        try:
            store = StoreEvents(
                connection, now=database.now(), expiry_now=database.expiry_now(), retention=database.event_retention
            )
            ids = database.queues.ids
            outcomes = [store.store(item.event, item.status, [ids[name] for name in item.queues]) for item in routed]
        except apsw.Error as error:
            database.abandon(error)
            raise unavailable(error) from error
        except BaseException:
            database.abandon()
            raise
        return SqliteBatch(database, routed, outcomes)
