"""Creates the readers of ``/metrics``. Imported at the first scrape."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline import __version__
from hookline.adapters.local.disk_space import free_and_total
from hookline.adapters.sqlite import (
    SqliteEventStore,
    SqliteHandshakeSecrets,
    SqliteKeyUses,
    SqliteQueueListing,
    SqliteStorageCounts,
    engine_version,
)
from hookline.runtimes.embedded import measures
from hookline.runtimes.embedded.last_events import LastEvents
from hookline.runtimes.embedded.measures import Measures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from hookline.adapters.sqlite import Database
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.admin_port import AdminPort
    from hookline.runtimes.embedded.forwards import Forwards
    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.keeper import Keeper
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.measures import Reader, Value
    from hookline.runtimes.embedded.record_fetcher import RecordFetcher
    from hookline.runtimes.embedded.reload import Reloader
    from hookline.runtimes.embedded.server import WebhookServer
    from hookline.runtimes.embedded.wiring.intake import Intake

__all__ = ["MeasuredServer", "measures_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredServer:
    """The parts of a server that have the measured values; ``reserve`` is in bytes."""

    database: Database
    folder: Path
    reserve: int
    current: ActiveConfig
    health: Health
    intake: Intake
    webhooks: WebhookServer
    admin: AdminPort
    keeper: Keeper
    records: RecordFetcher
    forwards: Forwards
    reloader: Reloader
    log: Log


def measures_of(server: MeasuredServer) -> Measures:
    """The reader of all metrics of this server."""
    return Measures(_readers(server))


def _readers(server: MeasuredServer) -> Sequence[Reader]:
    database, intake = server.database, server.intake
    counts, webhooks = intake.ingest.counts, server.webhooks.connections
    last_events = LastEvents(counts, SqliteEventStore(database), lambda: _source_names(server.current))
    return [
        measures.answers(counts, lambda: webhooks.unreadable, lambda: _source_names(server.current)),
        measures.routing(counts, server.keeper, server.records),
        measures.sources(lambda: _source_names(server.current), intake.limits, last_events.read),
        measures.queues(SqliteQueueListing(database)),
        measures.forwarding(server.forwards),
        measures.canary(server.health.canary),
        measures.stored(SqliteStorageCounts(database), database.clock.now),
        measures.disk_work(intake.committer, server.keeper, lambda: intake.rejected.dropped),
        lambda: _sizes(server),
        measures.server_state(
            server.health,
            {"webhooks": webhooks, "admin": server.admin.connections},
            intake.limits.in_flight,
            {
                "hookline_log_lines_dropped_total": lambda: server.log.lines_dropped,
                "hookline_config_reload_failed": lambda: int(server.reloader.has_failed),
            },
            (__version__, platform.python_version(), engine_version()),
        ),
        measures.keys(SqliteKeyUses(database), lambda: _kept_at(server)),
    ]


def _source_names(current: ActiveConfig) -> list[str]:
    return [source.name for source in current.loaded.config.sources]


def _sizes(server: MeasuredServer) -> Iterator[Value]:
    """The sizes of disk and database. Raises UnavailableError after the values of the file system were returned."""
    yield measures.Value("hookline_disk_free_bytes", (), free_and_total(server.folder)[0])
    yield measures.Value("hookline_disk_reserve_bytes", (), server.reserve)
    sizes = server.database.sizes()
    yield measures.Value("hookline_database_bytes", (), sizes.file)
    yield measures.Value("hookline_database_log_bytes", (), sizes.log)
    yield measures.Value("hookline_database_empty_bytes", (), sizes.empty)


def _kept_at(server: MeasuredServer) -> dict[tuple[str, str], datetime]:
    """When the secrets that senders brought were stored, by source and name."""
    sources = [source for source in server.current.loaded.config.sources if source.learns_secret]
    if not sources:
        return {}
    names = {name: source.name for source in sources for name in source.secret_names}
    found = SqliteHandshakeSecrets(server.database).kept_at(names)
    return {(names[name], name): at for name, at in found.items()}
