"""Remembers whether this hookline can accept events now."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.domain.canary import CanaryReport
    from hookline.runtimes.embedded.log import Log

__all__ = ["Health", "StorageReports"]


class Health:
    """Remembers the last fault of the storage, whether the disk is full, and whether the server is stopping."""

    def __init__(self) -> None:
        self._guard = Lock()
        self.fault: str | None = None
        """The text of the storage's present fault, None when it works."""
        self.full: str | None = None
        """Why there is no space for new events, None when there is. Consumers and retention still work."""
        self.canary: Callable[[], CanaryReport | None] = lambda: None
        """The state of the canary, None where there is none. Late events of the canary do not make the server unready."""
        self._stopping = False

    def storage_failed(self, fault: Exception) -> bool:
        """Note a fault; True when it is the first since the storage last worked."""
        with self._guard:
            first = self.fault is None
            self.fault = str(fault) if isinstance(fault, UnavailableError) else repr(fault)
            return first

    def storage_works(self) -> bool:
        """Note a success; True when it ends a fault."""
        if self.fault is None:
            return False
        with self._guard:
            ended = self.fault is not None
            self.fault = None
            return ended

    def is_full(self, reason: str) -> bool:
        """Note that no new event can be accepted because the disk is full; True when that is new."""
        with self._guard:
            first = self.full is None
            self.full = reason
            return first

    def has_room(self) -> bool:
        """Note that there is space again; True when that is new."""
        with self._guard:
            ended = self.full is not None
            self.full = None
            return ended

    def stop(self) -> None:
        """Note that the server is stopping, so that no new requests should be sent here."""
        self._stopping = True

    @property
    def works(self) -> bool:
        """Whether the storage can be written, even if new events are refused."""
        return self.fault is None and not self._stopping

    @property
    def ready(self) -> bool:
        """Whether events can be accepted."""
        return self.fault is None and self.full is None and not self._stopping


class StorageReports:
    """Notes each success and fault of the storage, and logs when a fault begins and ends. Usable from any thread."""

    def __init__(self, health: Health, log: Log, *, fault: Exception | None = None) -> None:
        """``fault`` is a fault that occurred before the start."""
        self.health = health
        self._log = log
        if fault is not None:
            self.failed(fault)

    def failed(self, fault: Exception) -> None:
        """Note a fault."""
        if self.health.storage_failed(fault):
            self._log.say("error", "storage failed: senders get 503 until it works again", fault=str(fault))

    def works(self) -> None:
        """Note a success."""
        if self.health.fault is not None and self.health.storage_works():
            self._log.say("info", "storage works again")
