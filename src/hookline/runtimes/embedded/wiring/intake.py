"""Creates the intake: the parts that handle a webhook from its first byte to its commit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.local.keys import GivenKeys, HttpsKeys
from hookline.adapters.sqlite import SqliteQuarantine, SqliteRoutedStore
from hookline.errors import Complaint, ConfigError
from hookline.runtimes.embedded.bare_health import BareHealth, health_paths
from hookline.runtimes.embedded.call_limits import CallLimits, FailedCalls, Gate, RateLimits
from hookline.runtimes.embedded.committer import Committer
from hookline.runtimes.embedded.ingest import Ingest
from hookline.runtimes.embedded.public_key_fetcher import PublicKeyFetcher
from hookline.runtimes.embedded.quarantine import QuarantineWriter
from hookline.runtimes.embedded.unfinished import UnfinishedBodies, budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.adapters.local import SystemClock
    from hookline.adapters.sqlite import Database
    from hookline.config import Config, ServerSettings
    from hookline.runtimes.embedded.active_config import ActiveConfig, ReadyConfig
    from hookline.runtimes.embedded.expiry_guard import ExpiryGuard
    from hookline.runtimes.embedded.health import Health, StorageReports
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.room import Room
    from hookline.runtimes.embedded.settings import Settings

__all__ = ["Intake", "intake_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The intake: ``ingest`` answers requests within ``limits`` and the limit of ``unfinished``; ``rejected`` stores refused ones."""

    database: Database
    server: ServerSettings
    committer: Committer
    rejected: QuarantineWriter
    limits: CallLimits
    unfinished: UnfinishedBodies
    ingest: Ingest

    def use(self, new: ReadyConfig) -> None:
        """Use another configuration from now on."""
        self.limits.use(new.config.sources)
        self.unfinished.resize(_room_for_unfinished(new.config, self.server))
        bounds = new.config.quarantine
        self.rejected.use(
            SqliteQuarantine(self.database, bounds),
            bounds,
            secrets=new.secret_values(),
            unkept_sources=new.unkept_sources(),
        )

    def close(self) -> None:
        """Accept no further request."""
        self.limits.close()
        self.ingest.close()


def intake_of(  # noqa: PLR0913 -- all that it works with, each given by its name
    database: Database,
    current: ActiveConfig,
    settings: Settings,
    *,
    health: Health,
    is_stopping: Callable[[], bool],
    reports: StorageReports,
    room: Room,
    expiry: ExpiryGuard,
    clock: SystemClock,
    log: Log,
) -> Intake:
    """The intake of a server whose configuration is ``current``."""
    server, loaded = settings.server, current.loaded
    committer = Committer(
        SqliteRoutedStore(database), deadline=server.storage_timeout.total_seconds(), reports=reports, room=room
    )
    rejected = _quarantine_of(database, loaded, health, expiry, log)
    limits = CallLimits(
        gate=Gate(max_requests=server.max_in_flight, max_bytes=server.max_in_flight_bytes),
        rates=RateLimits(loaded.config.sources),
        failed=FailedCalls(loaded.config.sources, log=log),
        log=log,
        on_rejected=rejected.offer,
    )
    unfinished = UnfinishedBodies(max_bytes=_room_for_unfinished(loaded.config, server))
    ingest = _ingest_of(server)(
        current=current,
        committer=committer,
        limits=limits,
        unfinished=unfinished,
        log=log,
        key_fetcher=_key_fetcher(settings, clock, log),
        bare_health=None
        if server.health_path is None
        else BareHealth(health, paths=health_paths(server.health_path), is_stopping=is_stopping),
    )
    return Intake(
        database=database,
        server=server,
        committer=committer,
        rejected=rejected,
        limits=limits,
        unfinished=unfinished,
        ingest=ingest,
    )


def _quarantine_of(
    database: Database, loaded: ReadyConfig, health: Health, expiry: ExpiryGuard, log: Log
) -> QuarantineWriter:
    return QuarantineWriter(
        SqliteQuarantine(database, loaded.config.quarantine),
        loaded.config.quarantine,
        secrets=loaded.secret_values(),
        unkept_sources=loaded.unkept_sources(),
        log=log,
        is_full=lambda: health.full is not None,
        may_expire=lambda: expiry.allowed,
    )


def _ingest_of(server: ServerSettings) -> Callable[..., Ingest]:
    """The endpoint, with traces where they are on. Raises ConfigError where the libraries for traces are not installed."""
    if not server.traces:
        return Ingest
    try:
        from hookline.runtimes.embedded.traces import TracedIngest, tracer_provider  # noqa: PLC0415 -- off by default, and heavy
    except ModuleNotFoundError as missing:
        why = f"needs the extra hookline[traces]: {missing.name} is not installed"
        raise ConfigError([Complaint(where="server.traces", why=why)]) from None
    return partial(TracedIngest, provider=tracer_provider())


def _key_fetcher(settings: Settings, clock: SystemClock, log: Log) -> PublicKeyFetcher:
    server = settings.server
    return PublicKeyFetcher(
        GivenKeys(settings.public_keys, HttpsKeys(clock)),
        log=log,
        most_waiting=server.max_in_flight // 4,
        most_bytes=server.max_in_flight_bytes // 4,
    )


def _room_for_unfinished(config: Config, server: ServerSettings) -> int:
    return budget(server.max_in_flight_bytes, max(source.max_body for source in config.sources))
