"""Puts together what looks after the disk of the data directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.local.disk_space import Ballast, can_grow, free_and_total
from hookline.errors import UnavailableError
from hookline.runtimes.embedded.room import Room, Space

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite import Database
    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.log import Log

__all__ = ["room_of", "space_of"]


def room_of(database: Database, folder: Path, reserve: int, health: Health, log: Log) -> Room:
    """The room that new events have on the disk of the data directory."""
    return Room(
        look=lambda: space_of(database, folder),
        fold=database.fold,
        can_grow=lambda: can_grow(folder),
        reserve=reserve,
        held_back=Ballast(folder / "hookline.reserve", reserve // 4),
        health=health,
        log=log,
    )


def space_of(database: Database, folder: Path) -> Space:
    """What is free, and what the database takes. Raises OSError."""
    free, _ = free_and_total(folder)
    try:
        sizes = database.sizes()
    except UnavailableError:
        return Space(free=free, reusable=0, used=0)
    free -= max(0, sizes.pages - sizes.file)  # what the file grows by when the log is brought into it
    return Space(free=free, reusable=sizes.empty, used=sizes.file, log=sizes.log)
