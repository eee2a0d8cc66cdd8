"""Creates the sampler for the overview's charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite import SqliteQueueListing, SqliteStorageCounts
from hookline.runtimes.embedded.sampler import Sampler
from hookline.runtimes.embedded.wiring.room import space_of

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite import Database
    from hookline.runtimes.embedded.answer_counts import AnswerCounts
    from hookline.runtimes.embedded.log import Log

__all__ = ["sampler_of"]


def sampler_of(database: Database, folder: Path, counts: AnswerCounts, log: Log) -> Sampler:
    """The sampler of a server that counts its answers in ``counts``, with its data in ``folder``."""
    return Sampler(
        counts,
        queues=SqliteQueueListing(database),
        storage=SqliteStorageCounts(database),
        space=lambda: space_of(database, folder),
        now=database.clock.now,
        log=log,
    )
