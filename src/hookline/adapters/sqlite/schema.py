"""The tables, and the migrations from each version to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.first_migrations import FIRST_MIGRATIONS
from hookline.errors import DataDirectoryError

if TYPE_CHECKING:
    import apsw

__all__ = ["APPLICATION_ID", "MIGRATIONS", "SCHEMA_VERSION", "check", "migrate"]

APPLICATION_ID = 0x686F6F6B
"""``hook`` in ASCII, in the file's header: it marks the file as a hookline database (PRAGMA application_id)."""

_VERSION_12 = """
ALTER TABLE queues ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queues ADD COLUMN modified_at INTEGER NOT NULL DEFAULT 0; -- when a setting last changed
UPDATE queues SET created_at = unixepoch() * 1000000, modified_at = unixepoch() * 1000000; -- the real times are unknown
ALTER TABLE messages ADD COLUMN system TEXT;            -- a JSON object: the system attributes that its sender set
ALTER TABLE messages ADD COLUMN last_received_at INTEGER;
ALTER TABLE messages ADD COLUMN dead_queue INTEGER;     -- the queue that it died on; NULL: not a dead letter
ALTER TABLE messages ADD COLUMN dead_at INTEGER;        -- when it was moved from there
ALTER TABLE messages ADD COLUMN dead_receives INTEGER;  -- how often, and when last, it was received there
ALTER TABLE messages ADD COLUMN dead_last_at INTEGER;
CREATE INDEX messages_delayed ON messages (queue, visible_at, sent_at) WHERE receipt IS NULL AND visible_at > 0;
CREATE TABLE move_tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL,             -- a dead-letter queue
    target INTEGER,                     -- NULL: the queue that its messages come from
    rate INTEGER,                       -- messages a second; NULL: as fast as possible
    status TEXT NOT NULL,
    moved INTEGER NOT NULL DEFAULT 0,
    to_move INTEGER NOT NULL,           -- how many messages there were at its start
    last INTEGER NOT NULL,              -- the newest message that it moves
    started_at INTEGER NOT NULL,
    failure TEXT
) STRICT;
CREATE INDEX move_tasks_by_queue ON move_tasks (queue, id);
CREATE INDEX move_tasks_at_work ON move_tasks (status) WHERE status = 'running';
"""

_VERSION_13 = """
CREATE INDEX events_by_arrival ON events (received_at);
DROP INDEX events_by_status;
CREATE INDEX events_by_status ON events (status, received_at) WHERE status <> 'routed'; -- finds the newest of a status
ALTER TABLE events ADD COLUMN reference TEXT;    -- of its transaction
UPDATE events SET reference = metadata ->> '$.transactionreference' WHERE metadata LIKE '%"transactionreference"%';
CREATE INDEX events_by_reference ON events (reference, received_at) WHERE reference IS NOT NULL;
ALTER TABLE events ADD COLUMN replay TEXT;       -- its last replay
ALTER TABLE events ADD COLUMN replay_queue TEXT; -- the only queue of that replay, if it had one
ALTER TABLE messages ADD COLUMN replay TEXT;     -- the replay that it comes from
CREATE TABLE replays (
    id TEXT NOT NULL PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    state TEXT NOT NULL,                -- running, finished, abandoned
    document TEXT NOT NULL              -- JSON: what is replayed, and the progress
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_unfinished ON replays (begun_at, id) WHERE state = 'running';
"""

_VERSION_14 = """
-- In place of an index of arrivals: the events of each source and type in the order of their receipt, and all of them merged.
CREATE INDEX events_by_kind ON events (source, type, received_at);
DROP INDEX events_by_arrival;
-- The number of never received messages up to an id. Later messages are counted at each query and added from time to time.
CREATE TABLE waiting_counts (
    queue INTEGER PRIMARY KEY,
    up_to INTEGER NOT NULL,             -- messages with a larger id are not in the count
    messages INTEGER NOT NULL
) STRICT;
CREATE TRIGGER waiting_taken AFTER UPDATE OF queue, visible_at ON messages WHEN OLD.visible_at = 0 BEGIN
    UPDATE waiting_counts SET messages = messages - 1 WHERE queue = OLD.queue AND up_to >= OLD.id;
END;
CREATE TRIGGER waiting_back AFTER UPDATE OF queue, visible_at ON messages WHEN NEW.visible_at = 0 BEGIN
    UPDATE waiting_counts SET messages = messages + 1 WHERE queue = NEW.queue AND up_to >= NEW.id;
END;
CREATE TRIGGER waiting_removed AFTER DELETE ON messages WHEN OLD.visible_at = 0 BEGIN
    UPDATE waiting_counts SET messages = messages - 1 WHERE queue = OLD.queue AND up_to >= OLD.id;
END;
"""

_VERSION_15 = """
CREATE TABLE pauses (
    kind TEXT NOT NULL,                 -- queue or source
    name TEXT NOT NULL,
    state TEXT NOT NULL,                -- paused, holding, releasing, released
    since INTEGER NOT NULL,             -- when it entered this state
    actor TEXT NOT NULL,                -- who paused it
    reason TEXT,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_held ON events (source, received_at) -- held until their source is resumed
    WHERE since = 4611686018427387904 AND status = 'received';
"""

_VERSION_16 = """
ALTER TABLE queues ADD COLUMN fifo TEXT;               -- the expression of its groups; NULL: a standard queue
ALTER TABLE messages ADD COLUMN group_id TEXT;         -- on a FIFO queue, where its id is also its sequence number
ALTER TABLE messages ADD COLUMN deduplication_id TEXT;
CREATE INDEX messages_by_group ON messages (queue, group_id, visible_at) WHERE group_id IS NOT NULL;
CREATE TABLE fifo_groups (
    queue INTEGER NOT NULL,
    name TEXT NOT NULL,
    head INTEGER NOT NULL,              -- its oldest message
    free_at INTEGER NOT NULL,           -- when all its messages are visible again; 0: none was received
    PRIMARY KEY (queue, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX fifo_groups_free ON fifo_groups (queue, free_at, head);
CREATE TABLE deduplications (
    queue INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    id TEXT NOT NULL,
    until INTEGER NOT NULL,
    message INTEGER NOT NULL,           -- the message that was sent with it, even if deleted
    PRIMARY KEY (queue, group_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deduplications_by_end ON deduplications (until);
CREATE TRIGGER fifo_message_removed AFTER DELETE ON messages WHEN OLD.group_id IS NOT NULL BEGIN
    UPDATE fifo_groups SET
        head = coalesce((SELECT min(id) FROM (
            SELECT min(id) AS id FROM messages WHERE queue = OLD.queue AND group_id = OLD.group_id AND visible_at > 0
            UNION ALL SELECT min(id) FROM messages WHERE queue = OLD.queue AND group_id = OLD.group_id AND visible_at = 0
        )), 0),
        free_at = coalesce((SELECT max(visible_at) FROM messages WHERE queue = OLD.queue AND group_id = OLD.group_id), 0)
    WHERE queue = OLD.queue AND name = OLD.group_id;
    DELETE FROM fifo_groups WHERE queue = OLD.queue AND name = OLD.group_id AND head = 0;
END;
CREATE TRIGGER fifo_message_moved AFTER UPDATE OF queue ON messages WHEN OLD.group_id IS NOT NULL BEGIN
    UPDATE fifo_groups SET
        head = coalesce((SELECT min(id) FROM (
            SELECT min(id) AS id FROM messages WHERE queue = OLD.queue AND group_id = OLD.group_id AND visible_at > 0
            UNION ALL SELECT min(id) FROM messages WHERE queue = OLD.queue AND group_id = OLD.group_id AND visible_at = 0
        )), 0),
        free_at = coalesce((SELECT max(visible_at) FROM messages WHERE queue = OLD.queue AND group_id = OLD.group_id), 0)
    WHERE queue = OLD.queue AND name = OLD.group_id;
    DELETE FROM fifo_groups WHERE queue = OLD.queue AND name = OLD.group_id AND head = 0;
    INSERT INTO fifo_groups (queue, name, head, free_at) VALUES (NEW.queue, NEW.group_id, NEW.id, NEW.visible_at)
    ON CONFLICT DO UPDATE SET head = min(head, excluded.head), free_at = max(free_at, excluded.free_at);
END;
"""

_VERSION_17 = """
CREATE TABLE alert_states (
    alert TEXT NOT NULL,                -- the name of the alert in hookline.toml
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,              -- the queue or source, or the part of the storage
    since INTEGER NOT NULL,
    detail TEXT NOT NULL,
    fired INTEGER NOT NULL,             -- 1: it has lasted long enough to be posted
    quiet_since INTEGER,                -- since when the condition does not hold any more
    is_over INTEGER NOT NULL,           -- 1: its end has to be posted
    began_posted INTEGER NOT NULL,      -- 1: the endpoint accepted the post of its beginning
    PRIMARY KEY (alert, kind, subject)
) STRICT, WITHOUT ROWID;
"""

_VERSION_18 = """
CREATE TABLE dictionaries (             -- the common text of a source's bodies
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- events have it in their codec, as zstd:3; never used twice
    source TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    bytes BLOB NOT NULL                 -- empty: the source has to learn again
) STRICT;
CREATE INDEX dictionaries_by_source ON dictionaries (source);
"""

_VERSION_19 = """
-- A new message enters one index of its queue, messages_waiting, instead of two. The indexes of messages are now:
--   messages_waiting        never received messages, by age: for receives, retention, the oldest and the newest
--   messages_taken          received or delayed messages, by when they become visible: for receives and counts in flight
--   messages_taken_by_age   the same messages by age: for retention, and with messages_waiting for a queue's oldest and newest
--   messages_delayed        messages with a delay, never received: counted separately from those in flight
--   messages_by_group       messages of FIFO queues, by group: for a group's next message, and its oldest (triggers)
--   messages_by_event       messages by event: an event is kept while it has messages, and a person may look for them
DROP INDEX messages_by_visibility;
DROP INDEX messages_by_age;
CREATE INDEX messages_waiting ON messages (queue, sent_at) WHERE visible_at = 0;
CREATE INDEX messages_taken ON messages (queue, visible_at) WHERE visible_at > 0;
CREATE INDEX messages_taken_by_age ON messages (queue, sent_at) WHERE visible_at > 0;
-- Each queue has a count, and all counts go up to the same message: new ones are found at the end of the table, not in an index.
DELETE FROM waiting_counts;
INSERT INTO waiting_counts (queue, up_to, messages)
    SELECT id, (SELECT coalesce(max(id), 0) FROM messages),
        (SELECT count(*) FROM messages INDEXED BY messages_waiting WHERE queue = queues.id AND visible_at = 0)
    FROM queues;
CREATE TRIGGER waiting_begun AFTER INSERT ON queues BEGIN
    INSERT INTO waiting_counts (queue, up_to, messages) SELECT NEW.id, coalesce(max(up_to), 0), 0 FROM waiting_counts;
END;
"""

_VERSION_20 = """
-- Events are indexed one segment at a time, instead of indexes that each event changes at a random page.
CREATE TABLE event_segments (
    first INTEGER PRIMARY KEY,          -- the number of its first event
    last INTEGER NOT NULL,              -- the number of its last event
    events INTEGER NOT NULL,            -- how many of them still exist
    due INTEGER                         -- the earliest expiry of them; NULL: none expires yet
) STRICT;
CREATE INDEX event_segments_due ON event_segments (due) WHERE due IS NOT NULL;
CREATE TABLE event_index (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    salt BLOB NOT NULL,                 -- the key of the hashes, so that no sender can search for collisions
    sealed INTEGER NOT NULL,            -- the last event in a segment; later events are in none yet
    version INTEGER NOT NULL,           -- incremented at each change of the runs
    next_run INTEGER NOT NULL
) STRICT;
INSERT INTO event_index (id, salt, sealed, version, next_run) VALUES (1, randomblob(16), 0, 0, 1);
CREATE TABLE event_key_runs (
    id INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,             -- keys of the events from this number
    last INTEGER NOT NULL,              -- to this one, inclusive
    keys INTEGER NOT NULL,
    filter BLOB                         -- a Bloom filter of its keys; NULL: it is being merged, and not used yet
) STRICT;
CREATE TABLE event_keys (
    run INTEGER NOT NULL,
    hash INTEGER NOT NULL,              -- of an event's id, or of the reference of its transaction
    event INTEGER NOT NULL,             -- it may be removed, or be another with an equal hash
    PRIMARY KEY (run, hash, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE event_kinds (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    UNIQUE (source, type)
) STRICT;
CREATE TABLE event_places (             -- the events of each source and type in the order of their receipt
    kind INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    event INTEGER NOT NULL,
    PRIMARY KEY (kind, received_at, event)
) STRICT, WITHOUT ROWID;
DROP INDEX events_by_id;
DROP INDEX events_by_expiry;
DROP INDEX events_by_kind;
DROP INDEX events_by_reference;
"""

_VERSION_21 = """
-- Events that wait for their record: since is 2^62 plus the time of the next fetch, and next_at is when the event entered the outbox.
CREATE INDEX events_awaiting ON events (source, metadata ->> '$.fetch', received_at, seq, next_at)
    WHERE since > 4611686018427387904 AND status = 'received';
"""

_VERSION_22 = """
-- Describes the keys that bodies are sealed with; the keys themselves are not in the file.
CREATE TABLE storage_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- the first bytes of a sealed value; never used twice
    fingerprint BLOB NOT NULL UNIQUE,   -- eight bytes of a digest of the key
    name TEXT NOT NULL,                 -- of the secret with the key
    since INTEGER NOT NULL,
    seals INTEGER NOT NULL              -- 1: new data is sealed with it
) STRICT;
ALTER TABLE messages ADD COLUMN sealed BLOB;  -- attributes, body and system, which are NULL then
ALTER TABLE dictionaries ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE arrived ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
"""

_ANY_TABLE = "SELECT 1 FROM sqlite_schema LIMIT 1"

MIGRATIONS: tuple[str, ...] = (
    *FIRST_MIGRATIONS,
    _VERSION_12,
    _VERSION_13,
    _VERSION_14,
    _VERSION_15,
    _VERSION_16,
    _VERSION_17,
    _VERSION_18,
    _VERSION_19,
    _VERSION_20,
    _VERSION_21,
    _VERSION_22,
)
"""Step N upgrades a file of version N to version N + 1. Only append steps, because files of every version exist. Comments may change."""

SCHEMA_VERSION = len(MIGRATIONS)


def check(connection: apsw.Connection, name: str, *, served: bool = False) -> None:
    """Refuse a file that is newer than this code or not hookline's, without changing it.

    An older file is refused where it is ``served``: an older server has it open and could not use the changed tables and indexes.
    """
    version = _pragma(connection, "user_version")
    if _is_foreign(connection, version):
        raise DataDirectoryError("data_directory_unusable", f"{name} is a SQLite database, but not a hookline database")
    if version > SCHEMA_VERSION:
        raise DataDirectoryError(
            "schema_too_new",
            f"{name} has schema version {version}; this hookline knows versions up to {SCHEMA_VERSION}",
        )
    if served and 0 < version < SCHEMA_VERSION:
        raise DataDirectoryError(
            "data_directory_in_use",
            f"{name} has schema version {version}, this hookline makes it {SCHEMA_VERSION}, and the server that has it open may be "
            "older: start the server with this version first",
        )


def migrate(connection: apsw.Connection, name: str) -> int:
    """Upgrade the file to this code's version in one transaction; returns its earlier version, 0 for a new file. Raises as ``check``."""
    check(connection, name)
    before = _pragma(connection, "user_version")
    if before == SCHEMA_VERSION:
        return before
    connection.transaction_mode = "IMMEDIATE"  # another process may be doing the same: the second one finds it done
    with connection:  # one transaction: all steps or none
        check(connection, name)
        for step in MIGRATIONS[_pragma(connection, "user_version") :]:
            connection.execute(step)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    return before


def _is_foreign(connection: apsw.Connection, version: int) -> bool:
    if _pragma(connection, "application_id") == APPLICATION_ID:
        return False
    return version != 0 or connection.execute(_ANY_TABLE).fetchone() is not None


def _pragma(connection: apsw.Connection, name: str) -> int:
    value = connection.pragma(name)
    return value if isinstance(value, int) else 0
