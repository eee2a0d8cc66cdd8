"""Whether this hookline can take events right now."""

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
    """Remembers the last fault of the storage, whether the disk is full, and whether the server is stopping. Any thread may ask."""

    def __init__(self) -> None:
        self._guard = Lock()
        self.fault: str | None = None
        """What the storage's last fault said, None when it works."""
        self.full: str | None = None
        """Why there is no room for new events, None when there is. Consumers and retention still work."""
        self.canary: Callable[[], CanaryReport | None] = lambda: None
        """The state of the canary, None where there is none. Late events of it are no reason to send none here."""
        self._stopping = False

    def storage_failed(self, fault: Exception) -> bool:
        """Note a fault; True when it is the first since storage last worked."""
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
        """Note that no new event can be taken because the disk is full; True when that is new."""
        with self._guard:
            first = self.full is None
            self.full = reason
            return first

    def has_room(self) -> bool:
        """Note that there is room again; True when that is new."""
        with self._guard:
            ended = self.full is not None
            self.full = None
            return ended

    def stop(self) -> None:
        """The server is stopping: no new requests should be sent here."""
        self._stopping = True

    @property
    def works(self) -> bool:
        """Whether the storage can be written, new events or not."""
        return self.fault is None and not self._stopping

    @property
    def ready(self) -> bool:
        """Whether events can be taken."""
        return self.fault is None and self.full is None and not self._stopping


class StorageReports:
    """Notes each success and fault of the storage, and has the log say when a fault begins and ends. For any thread."""

    def __init__(self, health: Health, log: Log, *, fault: Exception | None = None) -> None:
        """``fault`` is one from before the start."""
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
