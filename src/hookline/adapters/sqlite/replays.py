"""Stores replays in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import micros
from hookline.adapters.sqlite.event_listing import oldest
from hookline.adapters.sqlite.event_rows import LIVE, NOT_ERASED, WAITING
from hookline.adapters.sqlite.query import first, rows
from hookline.ports.replays import Selected, read_replay, replay_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.event_listing import Place
    from hookline.domain.replay import ReplayMark
    from hookline.ports.event_store import EventFilter
    from hookline.ports.replays import ReplayRecord

__all__ = ["SqliteReplays", "cursor_of", "place_at", "reopen_event"]

_SAVE = """
INSERT INTO replays (id, begun_at, state, document) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET begun_at = excluded.begun_at, state = excluded.state, document = excluded.document
"""
_GET = "SELECT document FROM replays WHERE id = ?"
_UNFINISHED = """
SELECT document FROM replays INDEXED BY replays_unfinished WHERE state = 'running' ORDER BY begun_at DESC, id DESC
"""
_REOPEN = f"""
UPDATE events SET status = '{WAITING}', since = :since, attempts = 0, next_at = NULL, reason = NULL, expires_at = NULL,
    replay = :replay, replay_queue = :queue
WHERE seq = :seq AND {LIVE} AND {NOT_ERASED}
"""  # noqa: S608 -- constants of this package
_IS_MARKED = f"SELECT 1 FROM events WHERE seq = :seq AND {LIVE} AND replay = :replay"  # noqa: S608 -- as above


class SqliteReplays:
    """Replays over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, replay: ReplayRecord) -> None:
        """Store the record durably."""
        values = (replay.id, micros(replay.begun_at), replay.state.value, replay_text(replay))
        with self._database.write() as connection:
            connection.execute(_SAVE, values)

    def get(self, replay_id: str) -> ReplayRecord | None:
        """The record of this id."""
        with self._database.read() as connection:
            row = first(connection, _GET, (replay_id,))
        return None if row is None else read_replay(row[0])

    def unfinished(self) -> list[ReplayRecord]:
        """The replays that run or were killed, the newest first."""
        with self._database.read() as connection:
            return [read_replay(text) for (text,) in rows(connection, _UNFINISHED)]

    def select(
        self, wanted: EventFilter, *, limit: int, after: str | None = None, replay_id: str | None = None
    ) -> Selected:
        """The next wanted events in the order of receipt, at most ``limit``; SQL checks which are wanted."""
        place = None if after is None else place_at(after)
        with self._database.read() as connection:
            now = self._database.expiry_now()
            found = oldest(
                connection, wanted, now=now, limit=limit, after=place, replay=replay_id, sealing=self._database.sealing
            )
        return Selected(
            events=[stored for _, stored in found], cursor=cursor_of(found[-1][0]) if len(found) == limit else None
        )

    def reopen(self, event_ids: Sequence[str], mark: ReplayMark) -> list[bool]:
        """Reopen the events that this replay has not reopened before, in one transaction."""
        database = self._database
        with database.write() as connection:
            now, live_at = database.now(), database.expiry_now()
            numbers = [database.find_event(connection, event_id) for event_id in event_ids]
            return [_reopened_once(connection, seq, mark, since=now, now=live_at) for seq in numbers]


def reopen_event(
    connection: apsw.Connection, seq: int | None, mark: ReplayMark | None, *, since: int, now: int
) -> bool:
    """Reopen the event of this number; False when there is none, or it has expired or was erased."""
    replay, queue = (None, None) if mark is None else (mark.id, mark.queue)
    values = {"seq": seq, "replay": replay, "queue": queue, "since": since, "now": now}
    connection.execute(_REOPEN, values)
    return connection.changes() > 0


def _reopened_once(connection: apsw.Connection, seq: int | None, mark: ReplayMark, *, since: int, now: int) -> bool:
    if first(connection, _IS_MARKED, {"seq": seq, "replay": mark.id, "now": now}) is not None:
        return True
    return reopen_event(connection, seq, mark, since=since, now=now)


def cursor_of(place: Place) -> str:
    """A place as text."""
    return f"{place[0]} {place[1]}"


def place_at(cursor: str) -> Place:
    """The place of a text that ``cursor_of`` made."""
    received_at, number = cursor.split()
    return int(received_at), int(number)
