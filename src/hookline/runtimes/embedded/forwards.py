"""Runs the forwards of the current configuration in a server."""

from __future__ import annotations

import threading
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.ports.telemetry import Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hookline.domain.forward import Forward
    from hookline.runtimes.forwarder import Forwarder

__all__ = ["Forwards"]

_SPARE: Final = 5.0  # seconds


class Forwards:
    """Starts and stops forwards as the configuration changes. Usable from any thread."""

    def __init__(self, make: Callable[[Forward], Forwarder], forwards: Sequence[Forward]) -> None:
        self._make = make
        self._wanted = tuple(forwards)
        self._running: dict[Forward, Forwarder] = {}
        self._ending: dict[Forwarder, threading.Thread] = {}
        self._is_started = False
        self._is_stopping = False
        self._ended: dict[str, Counter[Metric]] = {}
        self._guard = threading.Lock()

    def start(self) -> None:
        """Start the forwards of the configuration."""
        with self._guard:
            self._is_started = True
        self.use(self._wanted)

    def use(self, forwards: Sequence[Forward]) -> None:
        """Run these forwards from now on. An unchanged one continues; one that its endpoint has stopped starts again."""
        with self._guard:
            self._wanted = tuple(forwards)
            if not self._is_started or self._is_stopping:
                return
            for forward, forwarder in list(self._running.items()):
                if forward not in self._wanted or forwarder.stop_reason is not None:
                    del self._running[forward]
                    self._end(forwarder, patience=forward.timeout.total_seconds() + _SPARE)
            for forward in self._wanted:
                if forward not in self._running:
                    forwarder = self._running[forward] = self._make(forward)
                    forwarder.start()

    def counted(self) -> Mapping[str, Counter[Metric]]:
        """The counts of each forward and whether its breaker is open, by the queue's name."""
        with self._guard:
            found = {forward.queue: Counter[Metric]() for forward in self._wanted} | self._ended
            for ending in self._ending:
                found[ending.forward.queue] = found.get(ending.forward.queue, Counter()) + _delivered(ending)
            for forward, forwarder in self._running.items():
                found[forward.queue] = found[forward.queue] + forwarder.counted()
            return found

    def begin_stop(self) -> None:
        """Receive no further message; messages in flight continue."""
        with self._guard:
            self._is_stopping = True
            every = [*self._running.values(), *self._ending]
        for forwarder in every:
            forwarder.begin_stop()

    def stop(self, *, patience: float = 10.0) -> None:
        """Stop all of them at the same time, and wait at most ``patience`` seconds."""
        self.begin_stop()
        end = monotonic() + patience
        with self._guard:
            for forwarder in self._running.values():
                self._end(forwarder, patience=patience)
            self._running.clear()
            threads = list(self._ending.values())
        _join(threads, end)

    def _end(self, forwarder: Forwarder, *, patience: float) -> None:
        """Stop a forward on a separate thread, because messages in flight may take some time."""

        def stop() -> None:
            forwarder.stop(patience=patience)
            with self._guard:
                queue = forwarder.forward.queue
                self._ended[queue] = self._ended.get(queue, Counter()) + _delivered(forwarder)
                self._ending.pop(forwarder, None)

        thread = threading.Thread(target=stop, name="hookline-forward-stop", daemon=True)
        self._ending[forwarder] = thread
        thread.start()


def _delivered(forwarder: Forwarder) -> Counter[Metric]:
    """The counts of a forward that ends; the state of its breaker does not matter any more."""
    counted = forwarder.counted()
    del counted[Metric.FORWARD_PAUSED]
    return counted


def _join(threads: Iterable[threading.Thread], end: float) -> None:
    for thread in threads:
        thread.join(timeout=max(0.1, end - monotonic()))
