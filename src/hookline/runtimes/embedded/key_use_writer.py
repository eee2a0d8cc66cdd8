"""Stores when access keys are used, once a minute and without delaying the calls."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hookline.errors import HooklineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from hookline.ports.key_uses import KeyUses

__all__ = ["KeyUseWriter"]

_PAUSE = 60.0  # seconds between writes


class KeyUseWriter:
    """Collects uses from any thread, and writes the latest use of each key once a minute and at the end.

    Uses that cannot be written, because the disk fails, are written with the next ones.
    """

    def __init__(self, store: KeyUses, *, now: Callable[[], datetime], pause: float = _PAUSE) -> None:
        self._store = store
        self._now = now
        self._pause = pause
        self._uses: dict[str, datetime | None] = {}
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookline-key-uses", daemon=True)

    def configured(self, key_ids: Iterable[str]) -> None:
        """Remember that these keys are configured."""
        with self._guard:
            self._uses |= {key_id: self._uses.get(key_id) for key_id in key_ids}

    def used(self, key_id: str) -> None:
        """Remember a use."""
        with self._guard:
            self._uses[key_id] = self._now()

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def stop(self, *, patience: float = 10.0) -> None:
        """Write what is left, within ``patience`` seconds."""
        self._stopping.set()
        self._thread.join(timeout=patience)

    def _run(self) -> None:
        stopped = False
        while not stopped:
            self._write()
            stopped = self._stopping.wait(self._pause)
        self._write()

    def _write(self) -> None:
        with self._guard:
            uses, self._uses = self._uses, {}
        if not uses:
            return
        try:
            self._store.note(uses, at=self._now())
        except HooklineError:
            with self._guard:
                self._uses = uses | self._uses
