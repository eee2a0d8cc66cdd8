"""Stores rejected requests on a separate thread, so that no answer waits for it and a flood is limited."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from time import monotonic
from typing import TYPE_CHECKING

from hookline.domain.quarantine import QUARANTINED
from hookline.errors import HooklineError
from hookline.pipeline.rejected import hands_over_a_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from hookline.domain.quarantine import QuarantineBounds, RejectedRequest
    from hookline.ports.quarantine import Quarantine
    from hookline.runtimes.embedded.log import Log

__all__ = ["QuarantineWriter"]

_MOST_WAITING = 64
_MOST_BYTES = 2 * 1024 * 1024
"""The bytes of one source that may wait to be written. Further requests are dropped and counted; one request of any size may wait."""

_MOST_BYTES_IN_ALL = 16 * 1024 * 1024

_LOT_BYTES = 512 * 1024
"""The bytes that are written in one step: events can be stored between steps."""

_PAUSE = 0.25
_BYTES_PER_SECOND = 2 * 1024 * 1024
_EXPIRE_EVERY = 60.0
_STEP = 500
_TELL_EVERY = 10.0  # seconds between lines about what was dropped


class _Count:
    """A number of requests and their bytes."""

    __slots__ = ("requests", "size")

    def __init__(self) -> None:
        self.requests = 0
        self.size = 0

    def add(self, size: int) -> None:
        """Count one more."""
        self.requests += 1
        self.size += size


class QuarantineWriter:
    """Accepts rejected requests from the event loop without blocking, and writes them at a limited rate."""

    def __init__(
        self,
        quarantine: Quarantine,
        bounds: QuarantineBounds,
        *,
        secrets: Collection[bytes],
        unkept_sources: Collection[str],
        log: Log,
        is_full: Callable[[], bool] = lambda: False,
        may_expire: Callable[[], bool] = lambda: True,
    ) -> None:
        """No stored request may contain one of ``secrets``; ``unkept_sources`` are those whose senders put a secret into each request.

        While the disk ``is_full`` no request is stored, because the rest of it is for consumers and retention. While ``may_expire``
        returns False no request is removed because of its age, because the clock may be wrong.
        """
        self.use(quarantine, bounds, secrets=secrets, unkept_sources=unkept_sources)
        self._log = log
        self._is_full = is_full
        self._may_expire = may_expire
        self._waiting: deque[RejectedRequest] = deque()
        self._taken: dict[str, _Count] = defaultdict(_Count)  # by source, incremented only by the loop,
        self._written: dict[str, _Count] = defaultdict(
            _Count
        )  # and this only by the thread, so that neither waits for the other
        self._taken_bytes = 0
        self._written_bytes = 0
        self._refused = 0
        self._lost = 0
        self._told = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookline-quarantine", daemon=True)

    def use(
        self,
        quarantine: Quarantine,
        bounds: QuarantineBounds,
        *,
        secrets: Collection[bytes],
        unkept_sources: Collection[str],
    ) -> None:
        """Use these bounds from now on, also for waiting requests."""
        self._secrets = secrets
        self._unkept = frozenset(unkept_sources)
        self._bounds = bounds
        self._quarantine = quarantine

    @property
    def dropped(self) -> int:
        """How many requests were dropped, because too many arrived or the disk failed."""
        return self._refused + self._lost

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, *, patience: float = 5.0) -> None:
        """Write the waiting requests, and stop. Wait for the thread at most ``patience`` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=patience)

    def offer(self, rejected: RejectedRequest) -> None:
        """Store the request if its kind is stored and there is space. Never blocks, never raises."""
        if rejected.code not in QUARANTINED or rejected.source in self._unkept or self._bounds.keeps_nothing:
            return
        size = rejected.size
        if size <= self._bounds.max_bytes and self._has_room(rejected.source, size) and not self._is_full():
            self._taken_bytes += size
            self._taken[rejected.source].add(size)
            self._waiting.append(rejected)
        else:
            self._refused += 1

    def _has_room(self, source: str, size: int) -> bool:
        """Whether this request may wait to be written: waiting requests of other sources must not block this source's first one."""
        taken, written = self._taken[source], self._written[source]
        requests, waiting = taken.requests - written.requests, taken.size - written.size
        if requests == 0:
            return self._taken_bytes - self._written_bytes < _MOST_BYTES_IN_ALL
        in_all = self._taken_bytes - self._written_bytes + size
        return requests < _MOST_WAITING and waiting + size <= _MOST_BYTES and in_all <= _MOST_BYTES_IN_ALL

    def _run(self) -> None:
        pause, expire_at, tell_at = 0.0, monotonic(), monotonic()
        while not self._stopping.wait(pause):
            pause = max(_PAUSE, self._write_all() / _BYTES_PER_SECOND)
            if monotonic() >= expire_at:
                self._expire()
                expire_at = monotonic() + _EXPIRE_EVERY
            if monotonic() >= tell_at and self._tell():
                tell_at = monotonic() + _TELL_EVERY
        self._write_all()
        self._tell()

    def _write_all(self) -> int:
        """Write the requests that wait now; returns their bytes."""
        written, left = 0, len(self._waiting)
        while left > 0:
            lot, size = self._lot(left)
            left -= len(lot)
            self._keep([one for one in lot if not self._holds_a_secret(one)])
            for one in lot:
                self._written[one.source].add(one.size)
            self._written_bytes += size
            written += size
        return written

    def _lot(self, most: int) -> tuple[list[RejectedRequest], int]:
        lot: list[RejectedRequest] = []
        size = 0
        while len(lot) < most and size < _LOT_BYTES:
            lot.append(self._waiting.popleft())
            size += lot[-1].size
        return lot, size

    def _holds_a_secret(self, one: RejectedRequest) -> bool:
        return hands_over_a_secret(one.request) or one.holds_any(self._secrets)

    def _keep(self, lot: Sequence[RejectedRequest]) -> None:
        try:
            self._quarantine.keep(lot)
        except (
            HooklineError
        ):  # the disk is full or busy, which the code that stores events reports; rejected requests are not essential
            self._lost += len(lot)
        except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would be worse
            self._lost += len(lot)
            self._log.fault("keeping rejected requests failed", fault)

    def _expire(self) -> None:
        if not self._may_expire():
            return
        try:
            while self._quarantine.sweep(limit=_STEP) == _STEP and not self._stopping.is_set():
                pass
        except HooklineError:  # as in _keep: tried again in the next minute
            return
        except Exception as fault:  # noqa: BLE001 -- as in _keep
            self._log.fault("removing rejected requests failed", fault)

    def _tell(self) -> bool:
        """Log how many were dropped since the last time, if any."""
        dropped, self._told = self.dropped - self._told, self.dropped
        if dropped:
            self._log.say("warning", "rejected requests not kept", count=dropped)
        return dropped > 0
