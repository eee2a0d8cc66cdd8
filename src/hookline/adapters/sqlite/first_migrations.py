"""The migrations to the first eleven versions of the tables. They were released: only their comments may change. See ``schema``."""

from __future__ import annotations

from typing import Final

__all__ = ["FIRST_MIGRATIONS"]

_VERSION_1 = """
CREATE TABLE queues (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    max_receives INTEGER,               -- NULL on a dead-letter queue: no message leaves it automatically
    visibility_timeout INTEGER NOT NULL,-- microseconds, as all durations here
    retention INTEGER NOT NULL,
    dead_letter INTEGER REFERENCES queues (id),
    declared INTEGER NOT NULL DEFAULT 1 -- 0 once the configuration no longer names it
) STRICT;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,            -- the order of arrival
    id TEXT NOT NULL,                   -- {source}:{delivery id}, which is also the dedupe key
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    time TEXT NOT NULL,                 -- RFC 3339, as the sender wrote it
    received_at INTEGER NOT NULL,       -- microseconds since 1970 in UTC, as all times here
    content_type TEXT NOT NULL,
    body_sha256 BLOB NOT NULL,          -- of the received bytes
    metadata TEXT,                      -- a JSON object of strings
    status TEXT NOT NULL,
    since INTEGER NOT NULL,             -- when it entered the outbox
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,
    reason TEXT,
    expires_at INTEGER,                 -- set when delivered
    conflicts INTEGER NOT NULL DEFAULT 0,
    codec TEXT,                         -- NULL: not compressed; zlib: compressed
    body BLOB NOT NULL                  -- last, so that a listing never reads its pages
) STRICT;
CREATE UNIQUE INDEX events_by_id ON events (id);
CREATE INDEX events_by_expiry ON events (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX events_not_routed ON events (status, since) WHERE status <> 'routed';

CREATE TABLE set_aside (
    event INTEGER NOT NULL,
    body_sha256 BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    codec TEXT,
    body BLOB NOT NULL,
    PRIMARY KEY (event, body_sha256)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: consumers may keep it
    queue INTEGER NOT NULL,
    event INTEGER,                      -- the event that it is made from, rendered at each receive; NULL where it has its own body
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,        -- 0: never received
    receives INTEGER NOT NULL DEFAULT 0,
    receipt INTEGER,                    -- of the latest receive
    first_received_at INTEGER,
    event_id TEXT,
    attributes TEXT,
    body TEXT
) STRICT;
CREATE INDEX messages_by_visibility ON messages (queue, visible_at);
CREATE INDEX messages_by_age ON messages (queue, sent_at);
CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT; -- written to test the disk
CREATE INDEX messages_by_event ON messages (event) WHERE event IS NOT NULL;
"""

_VERSION_2 = """
CREATE TABLE rejected (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of arrival, never used twice: an operator may have noted it
    source TEXT NOT NULL,
    code TEXT NOT NULL,                 -- why it was refused
    size INTEGER NOT NULL,              -- bytes of body, query and headers
    expires_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,              -- a JSON array of pairs, repeats kept, bytes as Latin-1
    codec TEXT,
    body BLOB NOT NULL                  -- last, so that a listing never reads its pages
) STRICT;
CREATE INDEX rejected_by_share ON rejected (source, code, id, size, expires_at);
"""

_VERSION_3 = """
CREATE TABLE armed (
    source TEXT PRIMARY KEY,            -- its sender may bring one secret, once
    secret TEXT NOT NULL,               -- the name under which it is stored
    until INTEGER NOT NULL
) STRICT;
CREATE TABLE arrived (
    name TEXT PRIMARY KEY,              -- never overwritten
    source TEXT NOT NULL,
    at INTEGER NOT NULL,
    value BLOB NOT NULL
) STRICT;
"""

_VERSION_4 = """
ALTER TABLE events ADD COLUMN known_until INTEGER; -- how long its id is known, where that is longer than the event is kept
CREATE TABLE claims (
    key BLOB PRIMARY KEY,               -- 16 bytes of the digest of a claim
    until INTEGER NOT NULL,
    event TEXT,                         -- the id of the event with the claim; NULL where the key is made from that id
    body_sha256 BLOB NOT NULL           -- its first 16 bytes
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_by_end ON claims (until);
"""

_VERSION_5 = """
ALTER TABLE armed ADD COLUMN token_digest BLOB NOT NULL DEFAULT x''; -- SHA-256 of the token that the caller must have
ALTER TABLE armed ADD COLUMN networks TEXT NOT NULL DEFAULT '';      -- from which it must call, separated by spaces
"""

_VERSION_6 = """
CREATE INDEX events_by_status ON events (status) WHERE status <> 'routed'; -- finds the newest of a status without reading the others
CREATE INDEX rejected_by_expiry ON rejected (expires_at);
CREATE INDEX rejected_by_number ON rejected (id);
"""

_VERSION_7 = """
DROP INDEX events_by_expiry;
CREATE INDEX events_by_expiry ON events (expires_at, type) WHERE expires_at IS NOT NULL; -- with the type: finds all of a rare type
"""

_VERSION_8 = """
CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    suspected_from INTEGER,             -- the newest stored time when the clock was found far later; NULL: no doubt
    confirmed_at INTEGER                -- when an operator said that the clock is right
) STRICT;
"""

_VERSION_9 = """
ALTER TABLE messages ADD COLUMN last_failure TEXT; -- the failure that its last consumer reported
"""

_VERSION_10 = """
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,                -- when the action began
    action TEXT NOT NULL,               -- such as replay, redrive or purge
    subject TEXT NOT NULL,              -- such as an event's id or a queue's name
    actor TEXT NOT NULL,                -- who did it
    reason TEXT,
    affected INTEGER,                   -- events or messages; NULL until the action has ended
    details TEXT                        -- a JSON object of strings
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (at, id);
"""

_VERSION_11 = """
CREATE TABLE access_keys (
    id TEXT NOT NULL PRIMARY KEY,
    first_seen_at INTEGER NOT NULL,     -- when a server first had it in its configuration
    last_used_at INTEGER                -- when a caller last proved it; NULL for never
) STRICT, WITHOUT ROWID;
"""

FIRST_MIGRATIONS: Final = (
    _VERSION_1,
    _VERSION_2,
    _VERSION_3,
    _VERSION_4,
    _VERSION_5,
    _VERSION_6,
    _VERSION_7,
    _VERSION_8,
    _VERSION_9,
    _VERSION_10,
    _VERSION_11,
)
"""The migrations from version 0 to version 11, one for each version."""
