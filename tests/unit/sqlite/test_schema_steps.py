"""Files that older versions of hookline left behind: they open, and nothing in them is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import apsw
import pytest

from contract.builders import QUARANTINE, event, message, rejected, routed
from hookline.adapters.sqlite import (
    SqliteEventStore,
    SqliteQuarantine,
    SqliteQueues,
    SqliteRoutedStore,
    SqliteWaitingCounts,
    schema,
)
from unit.sqlite.files import columns, opened

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.domain.quarantine import QuarantineBounds

VERSION_1 = """
CREATE TABLE queues (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, max_receives INTEGER, visibility_timeout INTEGER NOT NULL,
    retention INTEGER NOT NULL, dead_letter INTEGER REFERENCES queues (id), declared INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL, type TEXT NOT NULL, time TEXT NOT NULL,
    received_at INTEGER NOT NULL, content_type TEXT NOT NULL, body_sha256 BLOB NOT NULL, metadata TEXT, status TEXT NOT NULL,
    since INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER, reason TEXT, expires_at INTEGER,
    conflicts INTEGER NOT NULL DEFAULT 0, codec TEXT, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_by_id ON events (id);
CREATE INDEX events_by_expiry ON events (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX events_not_routed ON events (status, since) WHERE status <> 'routed';
CREATE TABLE set_aside (
    event INTEGER NOT NULL, body_sha256 BLOB NOT NULL, received_at INTEGER NOT NULL, codec TEXT, body BLOB NOT NULL,
    PRIMARY KEY (event, body_sha256)
) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER NOT NULL, event INTEGER, sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL, receives INTEGER NOT NULL DEFAULT 0, receipt INTEGER, first_received_at INTEGER,
    event_id TEXT, attributes TEXT, body TEXT
) STRICT;
CREATE INDEX messages_by_visibility ON messages (queue, visible_at);
CREATE INDEX messages_by_age ON messages (queue, sent_at);
CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
CREATE INDEX messages_by_event ON messages (event) WHERE event IS NOT NULL;
INSERT INTO queues VALUES (1, 'payments-dlq', NULL, 30000000, 864000000000, NULL, 1);
INSERT INTO queues VALUES (2, 'payments', 2, 60000000, 345600000000, 1, 1);
INSERT INTO events VALUES (1, 'transactions:old', 'transactions', 'payment', '2026-01-02T03:04:05Z', 1767323045678901,
    'application/json', x'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', '{"secret":"OLD"}', 'routed',
    1767323045678901, 0, NULL, NULL, 1869915045678901, 0, NULL, x'7b7d');
INSERT INTO messages (queue, event, sent_at, visible_at) VALUES (2, 1, 1767323045678901, 0);
PRAGMA application_id = 1752133483;
PRAGMA user_version = 1;
"""
"""A file of version 1 exactly as that version made it, with one event on its queue."""


OLD_COUNTS = """
INSERT INTO queues (id, name, max_receives, visibility_timeout, retention, dead_letter) VALUES
    (1, 'payments-dlq', NULL, 30000000, 864000000000, NULL), (2, 'payments', 2, 60000000, 345600000000, 1),
    (3, 'refunds-dlq', NULL, 30000000, 864000000000, NULL), (4, 'refunds', 2, 60000000, 345600000000, 3);
INSERT INTO messages (queue, event_id, body, attributes, sent_at, visible_at, receipt) VALUES
    (2, '1', '', '{}', :now, 0, NULL), (2, '2', '', '{}', :now, 0, NULL), (4, '4', '', '{}', :now, 0, NULL),
    (2, 'back', '', '{}', :now, :now, 1), (2, 'hidden', '', '{}', :now, :now + 1000000, 2), (2, '3', '', '{}', :now, 0, NULL),
    (4, '5', '', '{}', :now, 0, NULL), (4, '6', '', '{}', :now, 0, NULL);
INSERT INTO waiting_counts VALUES (2, 2, 2);
"""
"""Messages on two queues, and the count of one of them, in the form of version 17."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The file."""
    path = tmp_path / "hookline.db"
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    connection.execute(VERSION_1)
    connection.close()
    return path


def test_a_file_of_version_1_keeps_its_events_and_its_messages(old: Path) -> None:
    """After an upgrade everything that was acknowledged before must be there."""
    with opened(old) as database:
        stored = SqliteEventStore(database).get("transactions:old")
        (delivery,) = SqliteQueues(database).receive("payments")

    assert stored is not None
    assert (stored.event.body, stored.event.metadata) == (b"{}", {"secret": "OLD"})
    assert delivery.event_id == "transactions:old"
    assert columns(old, "PRAGMA user_version") == [(schema.SCHEMA_VERSION,)]


def test_a_file_of_version_1_takes_events_and_rejected_requests(old: Path) -> None:
    """After the upgrade the file must work as a new one."""
    with opened(old) as database:
        quarantine = SqliteQuarantine(database, QUARANTINE)
        quarantine.keep([rejected()])
        batch = SqliteRoutedStore(database).stage([routed(event("new"), "payments")])
        assert batch is not None
        batch.commit()

        assert len(quarantine.ids()) == 1
        assert sum(SqliteEventStore(database).count().values()) == 2


def test_an_old_file_gets_the_tables_of_a_new_one(old: Path, tmp_path: Path) -> None:
    """Two ways to one version that ended differently would be two versions."""
    tables = "SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    new = tmp_path / "new.db"
    for path in (old, new):
        with opened(path):
            pass

    assert columns(old, tables) == columns(new, tables)


def test_an_upgrade_keeps_the_depth_and_the_order_of_what_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older version counted each queue up to a message of its own, and some not at all; from now on they are counted together."""
    path = tmp_path / "hookline.db"
    before = schema.MIGRATIONS.index(schema._VERSION_19)
    with monkeypatch.context() as older:
        older.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:before])
        older.setattr(schema, "SCHEMA_VERSION", before)
        connection = apsw.Connection(str(path))
        schema.migrate(connection, path.name)
    connection.execute(OLD_COUNTS, {"now": 1767323045678901})
    connection.close()
    with opened(path) as database:
        queues = SqliteQueues(database)
        depths = [queues.depth(name) for name in ("payments", "refunds")]
        queues.send("payments", [message("new")])
        SqliteWaitingCounts(database).advance()

        assert [(depth.visible, depth.in_flight, depth.delayed) for depth in depths] == [(4, 1, 0), (3, 0, 0)]
        assert queues.depth("payments").visible == 5
        assert [one.event_id for one in queues.receive("payments", max_messages=10)] == [
            "back",
            "1",
            "2",
            "3",
            "transactions:new",
        ]


def test_narrower_bounds_hold_from_the_next_request_on(tmp_path: Path) -> None:
    """An operator who lowers them gets the room back, in steps that delay no writer of events."""
    with opened(tmp_path / "hookline.db") as database:
        SqliteQuarantine(database, _bounds(2000)).keep([rejected(b"%d" % number) for number in range(1400)])
        narrow = SqliteQuarantine(database, _bounds(3))

        narrow.keep([rejected(b"newest")])

        assert len(narrow.ids()) == 3
        kept = narrow.get(narrow.ids()[-1])
        assert kept is not None
        assert kept.rejected.request.body == b"newest"


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    """What senders sent is only for the owner, also in a folder that others may enter."""
    path = tmp_path / "hookline.db"

    with opened(path) as database:
        SqliteQuarantine(database, QUARANTINE).keep([rejected()])
        modes = {file.stat().st_mode & 0o077 for file in tmp_path.glob("hookline.db*")}

    assert modes == {0}


def _bounds(requests: int) -> QuarantineBounds:
    return replace(QUARANTINE, max_requests=requests, max_bytes=1_000_000)
