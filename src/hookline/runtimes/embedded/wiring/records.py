"""Creates the fetcher of records for waiting events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.local.fetches import HttpsFetches
from hookline.adapters.sqlite import SqliteOutbox
from hookline.pipeline.complete import Completer
from hookline.runtimes.embedded.record_fetcher import RecordFetcher

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.adapters.sqlite import Database
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source
    from hookline.ports.clock import Clock
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.log import Log

__all__ = ["record_fetcher_of"]


def record_fetcher_of(database: Database, current: ActiveConfig, clock: Clock, log: Log) -> RecordFetcher:
    """The fetcher of a server, which uses the current sources and secrets."""

    def sources() -> Mapping[str, Source]:
        return {source.name: source for source in current.loaded.config.sources}

    def read(names: Sequence[str]) -> Sequence[Secret]:
        return current.loaded.secrets.read(names)

    return RecordFetcher(
        SqliteOutbox(database),
        Completer(sources=sources, fetches=HttpsFetches(), read=read),
        current,
        guard=current.guard,
        clock=clock,
        log=log,
    )
