"""Creates an embedded server and runs it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hookline import __version__
from hookline.adapters.local import SystemClock
from hookline.adapters.local.confirmations import HttpsConfirmations
from hookline.adapters.local.disk_space import free_and_total
from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.sqlite import (
    DataDirectory,
    SqliteClockDoubt,
    SqliteInventory,
    engine_weakness,
)
from hookline.adapters.sqlite.backup import remove_partial_copies
from hookline.runtimes.embedded.active_config import ActiveConfig
from hookline.runtimes.embedded.admin_port import listen_for_admin, refuse_open_admin
from hookline.runtimes.embedded.expiry_guard import ExpiryGuard
from hookline.runtimes.embedded.files import raise_file_limit, share_files
from hookline.runtimes.embedded.health import Health, StorageReports
from hookline.runtimes.embedded.health_port import HealthPort, listen_for_health
from hookline.runtimes.embedded.limits import limits_of
from hookline.runtimes.embedded.log import Log
from hookline.runtimes.embedded.malloc import collect_rarely, return_large_blocks
from hookline.runtimes.embedded.metrics_route import metrics_route
from hookline.runtimes.embedded.protocol import with_limits
from hookline.runtimes.embedded.reload import Reloader
from hookline.runtimes.embedded.room import RoomWatch, reserve_of
from hookline.runtimes.embedded.server import WebhookServer, crowding_report, http_url, listen
from hookline.runtimes.embedded.service_manager import notify
from hookline.runtimes.embedded.shutdown import Shutdown
from hookline.runtimes.embedded.signals import Signals
from hookline.runtimes.embedded.startup import left_behind
from hookline.runtimes.embedded.weak_secrets import refuse_weak_secrets
from hookline.runtimes.embedded.wiring.admin import admin_port_of, control_room_app_of
from hookline.runtimes.embedded.wiring.alerts import alerter_of
from hookline.runtimes.embedded.wiring.canary import CanarySecret, canary_of, for_consumers
from hookline.runtimes.embedded.wiring.forwards import forwards_of
from hookline.runtimes.embedded.wiring.intake import intake_of
from hookline.runtimes.embedded.wiring.keeper import keeper_of
from hookline.runtimes.embedded.wiring.opened_store import OpenedStore, database_of, startup_of
from hookline.runtimes.embedded.wiring.pauses import pause_watch_of
from hookline.runtimes.embedded.wiring.queues_app import queues_app
from hookline.runtimes.embedded.wiring.ready_config import ready_config, reload_steps
from hookline.runtimes.embedded.wiring.records import record_fetcher_of
from hookline.runtimes.embedded.wiring.room import room_of
from hookline.runtimes.embedded.wiring.running import in_turn, running
from hookline.runtimes.embedded.wiring.sampler import sampler_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from hookline.adapters.sqlite import Database
    from hookline.domain.queue import Queue
    from hookline.runtimes.embedded.active_config import ReadyConfig
    from hookline.runtimes.embedded.admin import ReloadableApp
    from hookline.runtimes.embedded.admin_port import AdminListener, AdminPort
    from hookline.runtimes.embedded.alerter import Alerter
    from hookline.runtimes.embedded.canary import CanaryKeeper
    from hookline.runtimes.embedded.files import FileShares
    from hookline.runtimes.embedded.forwards import Forwards
    from hookline.runtimes.embedded.measures import Measures
    from hookline.runtimes.embedded.reload import Read
    from hookline.runtimes.embedded.settings import Settings
    from hookline.runtimes.embedded.wiring.intake import Intake

__all__ = ["serve"]


def serve(settings: Settings, read: Callable[[], Read]) -> None:
    """Serve until SIGTERM, SIGINT or SIGQUIT; all accepted events are durable when this returns.

    ``read`` reads the configuration and its secrets, now and at each SIGHUP. If the server cannot start, this raises DataDirectoryError or
    ConfigError before it opens a port.
    """
    log = Log.on_stderr(settings.log_format)
    canary_secret = CanarySecret()
    read = _guarded(read, settings, canary_secret, log)
    config, secrets = read()
    return_large_blocks()
    directory = DataDirectory(settings.data_dir)
    directory.create()
    directory.refuse_empty()
    directory.claim()
    try:
        with (
            Signals.held() as signals,
            listen(settings.server.host, settings.server.port) as front,
            listen_for_admin(settings) as back,
            listen_for_health(settings.server) as probes,
        ):
            clock = SystemClock()
            reserve = reserve_of(config.storage.reserve, free_and_total(settings.data_dir)[1])
            database = database_of(directory, (config, secrets), settings, clock, reserve)
            shutdown = _shutdown_of(settings, database, signals)
            known = LoadedSecrets(secrets, may_be_missing=config.learned_names)
            startup = startup_of(database, config, known, log)
            if removed := remove_partial_copies(settings.data_dir):
                log.say("info", "unfinished backups were removed", count=removed)
            store = OpenedStore(
                database=database,
                startup=startup,
                fault=startup.try_on(),
                reserve=reserve,
                canary_secret=canary_secret,
            )
            log.start()
            try:
                if not signals.stop_asked:
                    loaded = ready_config(config, known, database, HttpsConfirmations())
                    collect_rarely()
                    _serve(loaded, settings, read, store, clock, log, (signals, shutdown), (front, back, probes))
            finally:
                shutdown.begin()
                database.close_for_good()
                log.say("info", "stopped")
                log.stop()
    finally:
        directory.release()


def _shutdown_of(settings: Settings, database: Database, signals: Signals) -> Shutdown:
    shutdown = Shutdown(settings.server.shutdown_timeout.total_seconds())
    shutdown.on_begin(database.end_waiting_within)
    signals.at_stop(shutdown.begin)
    return shutdown


def _guarded(read: Callable[[], Read], settings: Settings, canary_secret: CanarySecret, log: Log) -> Callable[[], Read]:
    """``read`` with the canary added, and with warnings about secrets that others know.

    It raises ConfigError where strangers could use such a secret, or call the admin port.
    """

    def guarded() -> Read:
        config, secrets = read()
        refuse_open_admin(settings.server, config)
        for weak in refuse_weak_secrets(settings.server, config, secrets, settings.env_file):
            log.say("warning", "a secret is known to others", where=weak.where, why=weak.why)
        return canary_secret.joined(config, secrets)

    return guarded


def _serve(
    loaded: ReadyConfig,
    settings: Settings,
    read: Callable[[], Read],
    store: OpenedStore,
    clock: SystemClock,
    log: Log,
    stop: tuple[Signals, Shutdown],
    ports: tuple[socket.socket, AdminListener, socket.socket | None],
) -> None:
    (front, back, probes), (_, shutdown) = ports, stop
    config, database = loaded.config, store.database
    current = ActiveConfig(loaded)
    health = Health()
    reports = StorageReports(health, log, fault=store.fault)
    room = room_of(database, settings.data_dir, store.reserve, health, log)
    watch = RoomWatch(room, log=log)
    expiry = ExpiryGuard(SqliteClockDoubt(database), clock=clock, log=log)
    intake = intake_of(
        database,
        current,
        settings,
        health=health,
        is_stopping=lambda: webhooks.should_exit,
        reports=reports,
        room=room,
        expiry=expiry,
        clock=clock,
        log=log,
    )
    shares = share_files(raise_file_limit(), wanted=settings.server.max_connections)
    webhooks = _webhooks_of(intake, settings, shares, stop, log)
    consuming, mover = queues_app(
        database, log, most_waits=shares.waits, refusal=room.take, stopping=lambda: webhooks.should_exit
    )
    consuming.use(for_consumers(config.queues))
    sampler = sampler_of(database, settings.data_dir, intake.ingest.counts, log)

    def measures() -> Measures:
        from hookline.runtimes.embedded.wiring.metrics import MeasuredServer, measures_of  # noqa: PLC0415 -- a server starts without it

        return measures_of(
            MeasuredServer(
                database=database,
                folder=settings.data_dir,
                reserve=store.reserve,
                current=current,
                health=health,
                intake=intake,
                webhooks=webhooks,
                admin=admin,
                keeper=keeper,
                records=records,
                forwards=forwards,
                reloader=reloader,
                log=log,
            )
        )

    admin = admin_port_of(
        back,
        consuming,
        control_room_app_of(
            database,
            current,
            settings,
            health=health,
            samples=sampler.samples,
            webhook_url=lambda path: f"{http_url(front)}{path}",
        ),
        database,
        current,
        settings,
        metrics=metrics_route(measures),
        health=health,
        most=shares.admin,
        log=log,
    )
    keeper = keeper_of(
        database,
        current,
        startup=store.startup,
        reserve=store.reserve,
        clock=clock,
        health=health,
        expiry=expiry,
        log=log,
    )
    forwards = forwards_of(database, current, log)
    records = record_fetcher_of(database, current, clock, log)
    canary = canary_of(database, current, http_url(front), store.canary_secret, health, log)
    alerter = alerter_of(database, settings.data_dir, current, intake.ingest.counts, health, log)
    shutdown.on_begin(lambda _seconds: forwards.begin_stop())
    shutdown.on_begin(lambda _seconds: canary.begin_stop())
    consume = partial(_consume, consuming, database)
    reloader = _reloader_of(current, settings, read, database, consume, intake, (admin, forwards, alerter, canary), log)

    def begin() -> None:
        intake.committer.start()
        shutdown.on_begin(intake.committer.end_within)
        _announce(log, ports, settings, shares)
        shutdown.on_begin(lambda _seconds: notify("STOPPING=1"))
        notify("READY=1")

    store.startup.add(lambda: consume(current.loaded.config.queues))
    store.startup.try_on()
    with running(
        shutdown,
        HealthPort(probes, health, is_stopping=lambda: webhooks.should_exit),
        watch,
        admin,
        keeper,
        intake.rejected,
        forwards,
        mover,
        pause_watch_of(database, current, intake.limits, clock, log),
        sampler,
        alerter,
        records,
        canary,
    ):
        finish = partial(_finish, health, reloader, intake, shutdown)
        webhooks.run_on(front, before=begin, after=finish, reload=reloader.ask)


def _webhooks_of(
    intake: Intake, settings: Settings, shares: FileShares, stop: tuple[Signals, Shutdown], log: Log
) -> WebhookServer:
    server, (signals, shutdown) = settings.server, stop
    return WebhookServer(
        intake.ingest,
        protocol=with_limits(limits_of(server, connections=shares.webhooks)),
        drain_seconds=server.shutdown_timeout.total_seconds(),
        signals=signals,
        on_stop=shutdown.begin,
        on_crowded=crowding_report(log, "webhooks"),
    )


def _reloader_of(
    current: ActiveConfig,
    settings: Settings,
    read: Callable[[], Read],
    database: Database,
    consume: Callable[[Sequence[Queue]], None],
    intake: Intake,
    parts: tuple[AdminPort, Forwards, Alerter, CanaryKeeper],
    log: Log,
) -> Reloader:
    admin, forwards, alerter, canary = parts

    def declare(queues: Sequence[Queue]) -> None:
        database.declare(queues)
        consume(queues)

    take = in_turn(
        admin.use,
        intake.use,
        lambda new: database.keep_events_for(new.config.retention),
        lambda new: forwards.use(new.config.forwards),
        lambda new: alerter.use(new.config.alerts),
        lambda new: canary.use(new.config.canary),
    )
    steps = reload_steps(database, settings, read, current.loaded.endpoint.confirmations, declare, take, log)
    return Reloader(current, steps, committer=intake.committer, log=log)


def _consume(consuming: ReloadableApp, database: Database, queues: Sequence[Queue]) -> None:
    """Serve these queues to consumers, and also those that are not declared any more but have messages."""
    consuming.use(for_consumers([*queues, *left_behind(queues, SqliteInventory(database))]))


async def _finish(health: Health, reloader: Reloader, intake: Intake, shutdown: Shutdown) -> None:
    """End the intake after the last answer."""
    health.stop()
    await reloader.finish(patience=shutdown.left(2))
    intake.close()
    await intake.committer.drain(patience=shutdown.left(5))


def _announce(
    log: Log,
    ports: tuple[socket.socket, AdminListener, socket.socket | None],
    settings: Settings,
    shares: FileShares,
) -> None:
    front, back, probes = ports
    if shares.webhooks < (wanted := settings.server.max_connections):
        text = "the limit of open files allows fewer connections than max_connections"
        log.say("warning", text, files=shares.limit, connections=shares.webhooks, max_connections=wanted)
    if (weakness := engine_weakness()) is not None:
        log.say("warning", weakness)
    log.say(
        "info",
        "serving",
        url=http_url(front),
        admin=back.url,
        **({"control_room": f"{back.url}/"} if back.url.startswith("http") else {}),
        **({} if probes is None else {"health": http_url(probes)}),
        data_dir=str(settings.data_dir),
        version=__version__,
    )
