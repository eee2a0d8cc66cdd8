"""Handles the signals of the process, from its start to its end.

| signal | meaning |
|---|---|
| SIGTERM, SIGINT, SIGQUIT | stop: answer running requests, then end with exit code 0; a second one does not wait |
| SIGHUP | read the configuration again; with a controlling terminal (which was closed), stop |
| SIGUSR1, SIGUSR2 | ignored |

The kernel ends a process for each of these unless it has a handler, and discards them for process 1 of a container. So handlers are set
before anything else is imported; a signal that arrives before the server runs is kept until then.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Iterator

__all__ = ["Signals"]

_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
_IGNORED = (signal.SIGUSR1, signal.SIGUSR2)


class Signals:
    """The handlers of all signals that a server gets. Use it only on the main thread."""

    def __init__(self) -> None:
        self._stops = 0
        self._reload_asked = False
        self._on_stop: Callable[[], None] = _ignored
        self._hangs_up = _has_terminal()
        # `nohup` starts a program with SIGHUP ignored, so that it outlives the terminal.
        self._keeps_running = self._hangs_up and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN

    @classmethod
    @contextmanager
    def held(cls) -> Iterator[Signals]:
        """The handlers that the process already has, or new ones, which are removed at the end."""
        present = signal.getsignal(signal.SIGTERM)
        if isinstance(present, Signals):
            yield present
            return
        before = {number: signal.getsignal(number) for number in (*_STOP, signal.SIGHUP, *_IGNORED)}
        handlers = cls()
        handlers.hold()
        try:
            yield handlers
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def hold(self) -> None:
        """Set the handlers, for as long as the process runs."""
        for number in self._handled():
            signal.signal(number, self)
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)

    @property
    def stop_asked(self) -> bool:
        """Whether a signal to stop arrived before the server ran."""
        return self._stops > 0

    def at_stop(self, on_stop: Callable[[], None]) -> None:
        """Call ``on_stop`` at a signal to stop while no server runs, and now if one has already arrived."""
        self._on_stop = on_stop
        if self.stop_asked:
            on_stop()

    def __call__(self, number: int, _frame: object) -> None:
        """Keep a signal for later, because no server runs yet, or no longer."""
        if self._means_stop(number):
            self._stops += 1
            self._on_stop()
        else:
            self._reload_asked = True

    @contextmanager
    def handled_by(
        self, loop: AbstractEventLoop, *, stop: Callable[[], None], reload: Callable[[], None]
    ) -> Iterator[None]:
        """Call ``stop`` and ``reload`` on the event loop, also for signals that arrived before."""
        handled = self._handled()
        for number in handled:
            loop.add_signal_handler(number, stop if self._means_stop(number) else reload)
        if self._stops:
            loop.call_soon(stop)
        elif self._reload_asked:
            loop.call_soon(reload)
        try:
            yield
        finally:
            for number in handled:
                loop.remove_signal_handler(number)
            self.hold()

    def _handled(self) -> tuple[signal.Signals, ...]:
        return _STOP if self._keeps_running else (*_STOP, signal.SIGHUP)

    def _means_stop(self, number: int) -> bool:
        return number != signal.SIGHUP or self._hangs_up


def _ignored() -> None:
    """Do nothing."""


def _has_terminal() -> bool:
    """Whether the process has a controlling terminal, whose end the kernel reports by SIGHUP (POSIX, General Terminal Interface)."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
