"""Seals the data of a directory with the present key, or decrypts it, for an operator, while a server runs or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database, DataDirectory, SqliteAuditLog
from hookline.adapters.sqlite.resealing import SqliteResealing, sealed_counts
from hookline.adapters.sqlite.scrub import scrub
from hookline.errors import OperatorError
from hookline.pipeline.audited import audited
from hookline.record import record
from hookline.runtimes.embedded.wiring.storage_keys import sealing_of_commands

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hookline.pipeline.audited import Run

__all__ = ["KeyUse", "Resealed", "key_uses", "reseal"]


@record
class KeyUse:
    """How many bodies are sealed with a key; with ``fingerprint`` and ``name`` None, how many are not encrypted."""

    fingerprint: str | None
    name: str | None
    seals: bool
    bodies: int


@record
class Resealed:
    """The result: ``written`` bodies were written again, those in ``faults`` could not be opened; ``remains`` could not be done."""

    written: int
    faults: tuple[str, ...]
    remains: tuple[str, ...]


def key_uses(data_dir: Path) -> list[KeyUse]:
    """Every key of the database and how many bodies need it, unencrypted ones last; every row is read."""
    database = _opened(data_dir)
    try:
        counts, sealing = sealed_counts(database), database.sealing
        found = [
            KeyUse(fingerprint=print_.hex(), name=name, seals=number == sealing.current, bodies=counts.get(number, 0))
            for number, (print_, name) in sealing.keys.items()
        ]
        return [*found, KeyUse(fingerprint=None, name=None, seals=sealing.current is None, bodies=counts[None])]
    finally:
        database.close()


def reseal(
    data_dir: Path, run: Run, *, plain: bool, rewrite: bool, seen: Callable[[int], None] = lambda _: None
) -> Resealed:
    """Seal every body as the server does, or decrypt it (``plain``); then overwrite old copies in free pages and in the log.

    ``seen`` is called with the number of processed rows. Raises DataDirectoryError where a key is missing, OperatorError where
    no key is configured, or where a running server would continue to seal.
    """
    database = _opened(data_dir)
    sealing = database.sealing
    try:
        if plain and DataDirectory(data_dir).is_served() and sealing.current is not None:
            raise OperatorError("reseal_refused", "a running server would continue to seal bodies: stop it first")
        if not plain and sealing.current is None:
            raise OperatorError(
                "reseal_refused",
                "no key is configured: name one in `key` under [storage], and start the server with it once",
            )
        sealing.check_keys()
        work, written = SqliteResealing(database), 0
        with audited(SqliteAuditLog(database), run.entry("reseal", "plain" if plain else _name(database))) as note:
            if plain:
                with database.write() as connection:
                    sealing.stop(connection)
            for step in work.run():
                written += step.written
                note.affected = written
                seen(step.seen)
        return Resealed(written=written, faults=tuple(work.faults), remains=tuple(scrub(database, rewrite=rewrite)))
    finally:
        database.close()


def _name(database: Database) -> str:
    assert database.sealing.current is not None  # noqa: S101 -- it was looked at
    print_, name = database.sealing.keys[database.sealing.current]
    return f"{name} ({print_.hex()})"


def _opened(data_dir: Path) -> Database:
    directory = DataDirectory(data_dir)
    directory.must_exist()
    directory.refuse_empty()
    return Database.open(
        directory.database,
        clock=SystemClock(),
        served=directory.is_served(),
        sealing=sealing_of_commands(data_dir),
    )
