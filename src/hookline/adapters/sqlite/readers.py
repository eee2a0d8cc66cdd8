"""Connections that only read."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.errors import unavailable
from hookline.adapters.sqlite.lazy_connection import Link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Readers"]


class Readers:
    """As many as are needed at once, kept for the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = Lock()
        self._idle: list[Link] = []

    @contextmanager
    def view(self) -> Iterator[apsw.Connection]:
        """One consistent view of the file, beside any writer."""
        with self._guard:
            link = self._idle.pop() if self._idle else Link(path=self._path, read_only=True)
        try:
            connection = link.connection()
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            link.after_fault(error)
            if isinstance(error, apsw.Error):
                raise unavailable(error) from error
            raise
        finally:
            with self._guard:
                self._idle.append(link)

    def close(self) -> None:
        """Close those that are idle."""
        with self._guard:
            idle, self._idle = self._idle, []
        for link in idle:
            link.close()
