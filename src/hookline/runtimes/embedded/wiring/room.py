"""Creates the watch of the data directory's disk."""

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
    """The decision about space for new events on the disk of the data directory."""
    # The file is three eighths of the reserve: copying the log needs up to a quarter of the reserve, and consumers need the rest.
    held_back = Ballast(folder / "hookline.reserve", reserve * 3 // 8)
    return Room(
        look=lambda: space_of(database, folder),
        fold=database.fold,
        can_grow=lambda: can_grow(folder),
        reserve=reserve,
        held_back=held_back,
        health=health,
        log=log,
    )


def space_of(database: Database, folder: Path) -> Space:
    """The free space and the size of the database. Raises OSError."""
    free, _ = free_and_total(folder)
    try:
        sizes = database.sizes()
    except UnavailableError:
        return Space(free=free, reusable=0, used=0)
    free -= max(0, sizes.pages - sizes.file)  # the bytes by which the file grows when the log is copied into it
    return Space(free=free, reusable=sizes.empty, used=sizes.file, log=sizes.log)
