"""Whether this hookline can take events right now."""

from __future__ import annotations

from threading import Lock

from hookline.errors import UnavailableError

__all__ = ["Health"]


class Health:
    """Remembers the last fault of the storage, whether the disk is full, and whether the server is stopping. Any thread may ask."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._fault: str | None = None
        self._full: str | None = None
        self._stopping = False

    def storage_failed(self, fault: Exception) -> bool:
        """Note a fault; True when it is the first since storage last worked."""
        with self._guard:
            first = self._fault is None
            self._fault = str(fault) if isinstance(fault, UnavailableError) else repr(fault)
            return first

    def storage_works(self) -> bool:
        """Note a success; True when it ends a fault."""
        if self._fault is None:
            return False
        with self._guard:
            ended = self._fault is not None
            self._fault = None
            return ended

    def is_full(self, reason: str) -> bool:
        """Note that no new event can be taken because the disk is full; True when that is new."""
        with self._guard:
            first = self._full is None
            self._full = reason
            return first

    def has_room(self) -> bool:
        """Note that there is room again; True when that is new."""
        with self._guard:
            ended = self._full is not None
            self._full = None
            return ended

    def stop(self) -> None:
        """The server is stopping: nobody should send here any more."""
        self._stopping = True

    @property
    def fault(self) -> str | None:
        """What the storage's last fault said, None when it works."""
        return self._fault

    @property
    def full(self) -> str | None:
        """Why there is no room for new events, None when there is. Consumers and retention still work."""
        return self._full

    @property
    def works(self) -> bool:
        """Whether the storage can be written, new events or not."""
        return self._fault is None and not self._stopping

    @property
    def ready(self) -> bool:
        """Whether events can be taken."""
        return self._fault is None and self._full is None and not self._stopping
