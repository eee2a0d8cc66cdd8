"""Databases for tests, and other processes that use them."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import apsw

from contract.builders import QUEUES, START
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import Database, Tuning
from processes import running_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.domain.queue import Queue
    from hookline.domain.retention import EventRetention
    from hookline.ports.clock import Clock

__all__ = ["columns", "held_by_another_program", "opened", "python"]

PATIENCE = 0.2
"""Seconds that a writer waits in these tests."""


@contextmanager
def opened(
    path: Path,
    *,
    queues: Sequence[Queue] | None = QUEUES,
    clock: Clock | None = None,
    patience: float = PATIENCE,
    event_retention: timedelta | EventRetention = timedelta(days=30),
) -> Iterator[Database]:
    """The database at ``path``, closed at the end."""
    database = Database.open(
        path,
        clock=clock or MemoryClock(START),
        queues=queues,
        event_retention=event_retention,
        tuning=Tuning(write_timeout=patience),
    )
    try:
        yield database
    finally:
        database.close()


@contextmanager
def held_by_another_program(path: Path) -> Iterator[None]:
    """A transaction that another connection has open for writing, as a forgotten shell would."""
    connection = apsw.Connection(str(path))
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def columns(path: Path, statement: str) -> list[tuple[object, ...]]:
    """What a program that does not know hookline reads from the file."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        return [tuple(row) for row in connection.execute(statement)]
    finally:
        connection.close()


def python(script: str, *words: object) -> AbstractContextManager[subprocess.Popen[str]]:
    """A process of its own that runs ``script`` with ``words`` as its arguments, and talks over its standard streams."""
    return running_process(
        [sys.executable, "-c", script, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
