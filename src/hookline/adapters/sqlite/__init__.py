"""The SQLite backend: one file with a write-ahead log, ``synchronous=FULL``, and one writer at a time."""

from __future__ import annotations

from hookline.adapters.sqlite.alert_states import SqliteAlertStates
from hookline.adapters.sqlite.audit import SqliteAuditLog
from hookline.adapters.sqlite.clock_doubt import SqliteClockDoubt
from hookline.adapters.sqlite.data_directory import DataDirectory
from hookline.adapters.sqlite.database import Database
from hookline.adapters.sqlite.dead_letters import SqliteDeadLetters
from hookline.adapters.sqlite.erasures import SqliteErasures
from hookline.adapters.sqlite.event_store import SqliteEventStore
from hookline.adapters.sqlite.handshake_secrets import SqliteHandshakeSecrets
from hookline.adapters.sqlite.held_events import SqliteHeldEvents
from hookline.adapters.sqlite.index_upkeep import SqliteIndexUpkeep
from hookline.adapters.sqlite.inventory import SqliteInventory
from hookline.adapters.sqlite.key_uses import SqliteKeyUses
from hookline.adapters.sqlite.message_places import SqliteMessagePlaces
from hookline.adapters.sqlite.move_tasks import SqliteMoveTasks
from hookline.adapters.sqlite.outbox import SqliteOutbox
from hookline.adapters.sqlite.pauses import SqlitePauses
from hookline.adapters.sqlite.quarantine import SqliteQuarantine
from hookline.adapters.sqlite.queue_listing import SqliteQueueListing
from hookline.adapters.sqlite.queues import SqliteQueues
from hookline.adapters.sqlite.replays import SqliteReplays
from hookline.adapters.sqlite.retention import SqliteRetention
from hookline.adapters.sqlite.routed_store import SqliteRoutedStore
from hookline.adapters.sqlite.sealing import Sealing, StorageKey
from hookline.adapters.sqlite.storage_counts import SqliteStorageCounts
from hookline.adapters.sqlite.tuning import Tuning
from hookline.adapters.sqlite.version_check import engine_version, engine_weakness
from hookline.adapters.sqlite.waiting_counts import SqliteWaitingCounts
from hookline.adapters.sqlite.watch import SqliteWatch

__all__ = [
    "DataDirectory",
    "Database",
    "Sealing",
    "SqliteAlertStates",
    "SqliteAuditLog",
    "SqliteClockDoubt",
    "SqliteDeadLetters",
    "SqliteErasures",
    "SqliteEventStore",
    "SqliteHandshakeSecrets",
    "SqliteHeldEvents",
    "SqliteIndexUpkeep",
    "SqliteInventory",
    "SqliteKeyUses",
    "SqliteMessagePlaces",
    "SqliteMoveTasks",
    "SqliteOutbox",
    "SqlitePauses",
    "SqliteQuarantine",
    "SqliteQueueListing",
    "SqliteQueues",
    "SqliteReplays",
    "SqliteRetention",
    "SqliteRoutedStore",
    "SqliteStorageCounts",
    "SqliteWaitingCounts",
    "SqliteWatch",
    "StorageKey",
    "Tuning",
    "engine_version",
    "engine_weakness",
]
