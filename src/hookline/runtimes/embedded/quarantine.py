"""Keeps rejected requests from a thread of its own, so that no answer waits for it and no flood gets further than it may."""

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
"""What may wait to be written of one source. More is dropped and counted; one request of any size may wait."""

_MOST_BYTES_IN_ALL = 16 * 1024 * 1024

_LOT_BYTES = 512 * 1024
"""What is written in one piece: those that store events come in between."""

_PAUSE = 0.25
_BYTES_PER_SECOND = 2 * 1024 * 1024
_EXPIRE_EVERY = 60.0
_STEP = 500
_TELL_EVERY = 10.0  # seconds between lines about what was dropped


class _Count:
    """Requests, and their bytes."""

    __slots__ = ("requests", "size")

    def __init__(self) -> None:
        self.requests = 0
        self.size = 0

    def add(self, size: int) -> None:
        """Count one more."""
        self.requests += 1
        self.size += size


class QuarantineWriter:
    """Takes rejected requests from the event loop without waiting, and writes them at a measured pace."""

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
        """``secrets`` are what no kept request may hold; ``unkept_sources`` are those whose senders write a secret into each.

        Nothing more is kept while the disk ``is_full``: what is left of it is for consumers and retention. Nothing is
        removed for its age while ``may_expire`` says no: the clock may be wrong.
        """
        self.use(quarantine, bounds, secrets=secrets, unkept_sources=unkept_sources)
        self._log = log
        self._is_full = is_full
        self._may_expire = may_expire
        self._waiting: deque[RejectedRequest] = deque()
        self._taken: dict[str, _Count] = defaultdict(_Count)  # by source, counted up by the loop only,
        self._written: dict[str, _Count] = defaultdict(
            _Count
        )  # and this by the thread only, so that neither waits for the other
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
        """Keep by these bounds from now on, also what waits."""
        self._secrets = secrets
        self._unkept = frozenset(unkept_sources)
        self._bounds = bounds
        self._quarantine = quarantine

    @property
    def dropped(self) -> int:
        """How many requests were to be kept and were not, because too many came or the disk did not take them."""
        return self._refused + self._lost

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, *, patience: float = 5.0) -> None:
        """Write what waits, and stop. Wait for the thread at most ``patience`` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=patience)

    def offer(self, rejected: RejectedRequest) -> None:
        """Keep the request if it is of the kind that is kept and there is room. Never waits, never raises."""
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
        """Whether this may wait: calls of other sources that wait must not block the first call of this source."""
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
        """Write what waits now; its bytes."""
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
        except HooklineError:  # the disk is full or busy: those who store events say so, and this can do without
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
        except HooklineError:  # as in _keep: the next minute will do
            return
        except Exception as fault:  # noqa: BLE001 -- as in _keep
            self._log.fault("removing rejected requests failed", fault)

    def _tell(self) -> bool:
        """Say how many were dropped since the last time, if any were."""
        dropped, self._told = self.dropped - self._told, self.dropped
        if dropped:
            self._log.say("warning", "rejected requests not kept", count=dropped)
        return dropped > 0
