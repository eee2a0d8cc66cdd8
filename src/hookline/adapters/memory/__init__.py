"""Everything in this process's memory: a backend that works, is gone at the end, and is the model that the others are held against."""

from __future__ import annotations

from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.dispatcher import MemoryDispatcher
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
from hookline.adapters.memory.inventory import MemoryInventory
from hookline.adapters.memory.key_uses import MemoryKeyUses
from hookline.adapters.memory.move_tasks import MemoryMoveTasks
from hookline.adapters.memory.outbox import MemoryOutbox
from hookline.adapters.memory.quarantine import MemoryQuarantine
from hookline.adapters.memory.queue_listing import MemoryQueueListing
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.replays import MemoryReplays
from hookline.adapters.memory.retention import MemoryRetention
from hookline.adapters.memory.routed_store import MemoryRoutedStore
from hookline.adapters.memory.state import MemoryState
from hookline.adapters.memory.telemetry import MemoryTelemetry
from hookline.adapters.memory.url_fetcher import MemoryUrlFetcher
from hookline.adapters.memory.watch import MemoryWatch

__all__ = [
    "MemoryAuditLog",
    "MemoryClock",
    "MemoryDispatcher",
    "MemoryEventStore",
    "MemoryHandshakeSecrets",
    "MemoryInventory",
    "MemoryKeyUses",
    "MemoryMoveTasks",
    "MemoryOutbox",
    "MemoryQuarantine",
    "MemoryQueueListing",
    "MemoryQueues",
    "MemoryReplays",
    "MemoryRetention",
    "MemoryRoutedStore",
    "MemoryState",
    "MemoryTelemetry",
    "MemoryUrlFetcher",
    "MemoryWatch",
]
