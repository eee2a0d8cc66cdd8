"""The tables, and the steps from one version of them to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.first_migrations import FIRST_MIGRATIONS
from hookline.errors import DataDirectoryError

if TYPE_CHECKING:
    import apsw

__all__ = ["APPLICATION_ID", "MIGRATIONS", "SCHEMA_VERSION", "check", "migrate"]

APPLICATION_ID = 0x686F6F6B
"""``hook`` in ASCII, in the file's header: this is a hookline database and nobody else's (PRAGMA application_id)."""

_VERSION_12 = """
ALTER TABLE queues ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queues ADD COLUMN modified_at INTEGER NOT NULL DEFAULT 0; -- when a setting last changed
UPDATE queues SET created_at = unixepoch() * 1000000, modified_at = unixepoch() * 1000000; -- nobody knows better
ALTER TABLE messages ADD COLUMN system TEXT;            -- a JSON object: the system attributes that its sender gave
ALTER TABLE messages ADD COLUMN last_received_at INTEGER;
ALTER TABLE messages ADD COLUMN dead_queue INTEGER;     -- the queue that it died on; NULL: it is no dead letter
ALTER TABLE messages ADD COLUMN dead_at INTEGER;        -- when it was moved from there
ALTER TABLE messages ADD COLUMN dead_receives INTEGER;  -- how often, and when last, it was received there
ALTER TABLE messages ADD COLUMN dead_last_at INTEGER;
CREATE INDEX messages_delayed ON messages (queue, visible_at, sent_at) WHERE receipt IS NULL AND visible_at > 0;
CREATE TABLE move_tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL,             -- a dead-letter queue
    target INTEGER,                     -- NULL: the queue that its messages come from
    rate INTEGER,                       -- messages a second; NULL: as fast as it goes
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
CREATE INDEX events_by_status ON events (status, received_at) WHERE status <> 'routed'; -- the newest of a status, without a look at others
ALTER TABLE events ADD COLUMN reference TEXT;    -- of its transaction
UPDATE events SET reference = metadata ->> '$.transactionreference' WHERE metadata LIKE '%"transactionreference"%';
CREATE INDEX events_by_reference ON events (reference, received_at) WHERE reference IS NOT NULL;
ALTER TABLE events ADD COLUMN replay TEXT;       -- the replay that put it through last
ALTER TABLE events ADD COLUMN replay_queue TEXT; -- the only queue that this replay put it on
ALTER TABLE messages ADD COLUMN replay TEXT;     -- the replay that it comes from
CREATE TABLE replays (
    id TEXT NOT NULL PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    state TEXT NOT NULL,                -- running, finished, abandoned
    document TEXT NOT NULL              -- JSON: what was asked for, and how far it is
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_unfinished ON replays (begun_at, id) WHERE state = 'running';
"""

_VERSION_14 = """
-- In place of an index of arrivals: the events of each source and type in the order of their receipt, and all of them merged.
CREATE INDEX events_by_kind ON events (source, type, received_at);
DROP INDEX events_by_arrival;
-- Messages that were never received, counted up to a number: what comes later is counted when somebody asks, and added by and by.
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
    since INTEGER NOT NULL,             -- when it got into this state
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
    free_at INTEGER NOT NULL,           -- when none of its messages is hidden any more; 0: none was received
    PRIMARY KEY (queue, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX fifo_groups_free ON fifo_groups (queue, free_at, head);
CREATE TABLE deduplications (
    queue INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    id TEXT NOT NULL,
    until INTEGER NOT NULL,
    message INTEGER NOT NULL,           -- what was sent with it, whether or not it is still there
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
    alert TEXT NOT NULL,                -- of which alert of hookline.toml
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,              -- the queue or source, or the part of the storage
    since INTEGER NOT NULL,
    detail TEXT NOT NULL,
    fired INTEGER NOT NULL,             -- 1: it has lasted long enough to be posted
    quiet_since INTEGER,                -- since when it is not so any more
    is_over INTEGER NOT NULL,           -- 1: its end has to be posted
    began_posted INTEGER NOT NULL,      -- 1: the endpoint took its begin
    PRIMARY KEY (alert, kind, subject)
) STRICT, WITHOUT ROWID;
"""

_VERSION_18 = """
CREATE TABLE dictionaries (             -- what bodies of a source have in common
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- events name it in their codec, as zstd:3; never used twice
    source TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    bytes BLOB NOT NULL                 -- empty: the source is to learn again
) STRICT;
CREATE INDEX dictionaries_by_source ON dictionaries (source);
"""

_VERSION_19 = """
-- A new message enters one index of its queue, messages_waiting, instead of two. The indexes of messages are now:
--   messages_waiting        never received, by age: what a receive takes next, what expires, the oldest and the newest
--   messages_taken          received or delayed, by when consumers may have it: what is received again, what is in flight
--   messages_taken_by_age   the same messages by age: what expires, the oldest and the newest of a queue are in this or in messages_waiting
--   messages_delayed        sent with a delay and never received: a depth counts them apart from what is in flight
--   messages_by_group       of a FIFO queue, by group: the next of a group, and the group's oldest when one leaves (triggers)
--   messages_by_event       by the event that it carries: an event stays while it has messages, and a person asks where they are
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
-- Events are indexed a segment at a time, in place of indexes that every event changes somewhere else.
CREATE TABLE event_segments (
    first INTEGER PRIMARY KEY,          -- its events have the numbers from this one
    last INTEGER NOT NULL,              -- to this one
    events INTEGER NOT NULL,            -- how many of them there are still
    due INTEGER                         -- none of them expires before; NULL: none has an end yet
) STRICT;
CREATE INDEX event_segments_due ON event_segments (due) WHERE due IS NOT NULL;
CREATE TABLE event_index (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    salt BLOB NOT NULL,                 -- the key of the hashes, so that no sender can look for equal ones
    sealed INTEGER NOT NULL,            -- the last event that is in a segment; larger numbers are in none yet
    version INTEGER NOT NULL,           -- larger after each change of the runs
    next_run INTEGER NOT NULL
) STRICT;
INSERT INTO event_index (id, salt, sealed, version, next_run) VALUES (1, randomblob(16), 0, 0, 1);
CREATE TABLE event_key_runs (
    id INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,             -- keys of the events from this number
    last INTEGER NOT NULL,              -- to this one
    keys INTEGER NOT NULL,
    filter BLOB                         -- a Bloom filter of its keys; NULL: it is being made of others, and not used yet
) STRICT;
CREATE TABLE event_keys (
    run INTEGER NOT NULL,
    hash INTEGER NOT NULL,              -- of an event's id, or of the reference of its transaction
    event INTEGER NOT NULL,             -- which may be gone, or another's whose hash is equal
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
-- Events that wait for their record: since is 2^62 and when the sender is asked next, and next_at when the event entered the outbox.
CREATE INDEX events_awaiting ON events (source, metadata ->> '$.fetch', received_at, seq, next_at)
    WHERE since > 4611686018427387904 AND status = 'received';
"""

_VERSION_22 = """
-- The keys that bodies are sealed with; the keys themselves are nowhere in the file.
CREATE TABLE storage_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- what is sealed begins with it; never used twice
    fingerprint BLOB NOT NULL UNIQUE,   -- eight bytes of a digest of the key
    name TEXT NOT NULL,                 -- of the secret that holds it
    since INTEGER NOT NULL,
    seals INTEGER NOT NULL              -- 1: what is written now is sealed with it
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
"""Step N brings a file of version N to version N + 1. Append only: files of every version are out there."""

SCHEMA_VERSION = len(MIGRATIONS)


def check(connection: apsw.Connection, name: str, *, served: bool = False) -> None:
    """Refuse a file that is newer than this code, and one that is not ours, without changing a byte of it.

    One that is older is refused where it is ``served``: an older server, which would find its tables and indexes changed, has it open.
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
    """Bring the file to this code's version, in one transaction; which version it had, 0 for a new file. Raises as ``check`` does."""
    check(connection, name)
    before = _pragma(connection, "user_version")
    if before == SCHEMA_VERSION:
        return before
    connection.transaction_mode = "IMMEDIATE"  # another process may be at it: the second one finds it done
    with connection:  # all steps or none
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
