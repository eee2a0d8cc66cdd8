"""Keeps connections that only read."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.errors import unavailable
from hookline.adapters.sqlite.lazy_connection import LazyConnection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hookline.adapters.sqlite.lazy_connection import Unpack

__all__ = ["Readers"]


class Readers:
    """Opens as many reading connections as are in use at the same time, and keeps them."""

    def __init__(self, path: Path, unpack: Unpack) -> None:
        self._path = path
        self._unpack = unpack
        self._guard = Lock()
        self._idle: list[LazyConnection] = []

    @contextmanager
    def view(self) -> Iterator[apsw.Connection]:
        """One consistent view of the file, while writers may write."""
        with self._guard:
            lazy = (
                self._idle.pop() if self._idle else LazyConnection(path=self._path, read_only=True, unpack=self._unpack)
            )
        try:
            connection = lazy.opened()
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            lazy.after_fault(error)
            if isinstance(error, apsw.Error):
                raise unavailable(error) from error
            raise
        finally:
            with self._guard:
                self._idle.append(lazy)

    def close(self) -> None:
        """Close the idle connections."""
        with self._guard:
            idle, self._idle = self._idle, []
        for lazy in idle:
            lazy.close()
