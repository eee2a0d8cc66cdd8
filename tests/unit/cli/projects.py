"""A project's data, and the command line as a process."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any  # Any: keywords that are passed on

import click

from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database, SqliteEventStore, SqliteRoutedStore
from hookline.cli import main
from hookline.config import load
from hookline.domain.event import Event
from hookline.pipeline.route import Router
from processes import run_process

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path


def event(delivery_id: str, *, type_: str = "payment", body: bytes | None = None, **fields: Any) -> Event:
    """An event of the source ``transactions``."""
    body = json.dumps({"event_id": delivery_id, "amount": "12.30"}).encode() if body is None else body
    return Event(
        **{
            "id": f"transactions:{delivery_id}",
            "source": "transactions",
            "type": type_,
            "time": "2026-01-02T03:04:05Z",
            "received_at": datetime.now(UTC),
            "content_type": "application/json",
            "body": body,
            "body_sha256": hashlib.sha256(body).digest(),
            "metadata": {"secret": "TRANSACTIONS_SECRET"},
            **fields,
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The project's data, to put events in."""

    project: Path

    @property
    def path(self) -> Path:
        """The database."""
        return self.project / "data" / "hookline.db"

    @contextlib.contextmanager
    def open(self) -> Iterator[Database]:
        """The database, as the server opens it."""
        config = load(self.project / "hookline.toml")
        self.path.parent.mkdir(exist_ok=True)
        database = Database.open(self.path, clock=SystemClock(), queues=config.queues)
        try:
            yield database
        finally:
            database.close_for_good()

    def accept(self, *events: Event) -> None:
        """Store and route, as the server does."""
        router = Router(load(self.project / "hookline.toml").routes)
        with self.open() as database:
            batch = SqliteRoutedStore(database).stage([router.route(item) for item in events])
            assert batch is not None
            batch.commit()

    def keep(self, *events: Event) -> None:
        """Store without routing."""
        with self.open() as database:
            SqliteEventStore(database).add(events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that runs."""

    process: subprocess.Popen[str]
    url: str
    admin: str


def hookline(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """``python -m hookline`` as a process of its own."""
    return run_process(
        [sys.executable, "-m", "hookline", *words], capture_output=True, text=True, timeout=60, **options
    )


def commands() -> dict[str, click.Command]:
    """Every command and group below ``hookline``, by its full name."""
    found: dict[str, click.Command] = {}
    context = click.Context(main, info_name="hookline")
    waiting = [(f"hookline {name}", main.get_command(context, name)) for name in main.list_commands(context)]
    for name, command in waiting:
        assert command is not None
        found[name] = command
        if isinstance(command, click.Group):
            waiting += [
                (f"{name} {inner}", command.get_command(context, inner)) for inner in command.list_commands(context)
            ]
    return found
