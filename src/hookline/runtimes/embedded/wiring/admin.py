"""Creates the admin port of a server with queues, login and the control room."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.adapters.local.provider_calls import HttpsProviderCalls
from hookline.adapters.sqlite import SqliteAuditLog, SqliteEventStore, SqliteKeyUses, SqliteQueues
from hookline.dashboard.sign_in import SignIn
from hookline.runtimes.embedded.admin_port import AdminPort
from hookline.runtimes.embedded.bodies import bodies_route
from hookline.runtimes.embedded.lazy_app import LazyApp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.routing import Route
    from starlette.types import ASGIApp

    from hookline.adapters.sqlite import Database
    from hookline.domain.sample import Sample
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.admin_port import AdminListener
    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.settings import Settings

__all__ = ["admin_port_of", "control_room_app_of"]


def admin_port_of(  # noqa: PLR0913 -- all that it serves
    listener: AdminListener,
    sqs: ASGIApp,
    room: ASGIApp,
    database: Database,
    current: ActiveConfig,
    settings: Settings,
    *,
    metrics: Route,
    health: Health,
    most: int,
    log: Log,
) -> AdminPort:
    """The admin port over this database, with ``room`` behind the login. ``most`` is the highest number of connections."""
    sign_in = _sign_in(database, settings, log)
    return AdminPort(
        listener,
        sqs,
        bodies_route(SqliteEventStore(database).carried, SqliteQueues(database)),
        _entrance(room, sign_in, settings),
        SqliteKeyUses(database),
        metrics=metrics,
        loaded=current.loaded,
        sign_in=sign_in,
        health=health,
        most=most,
        now=database.clock.now,
        log=log,
    )


def control_room_app_of(
    database: Database,
    current: ActiveConfig,
    settings: Settings,
    *,
    health: Health,
    samples: Callable[[], Sequence[Sample]],
    webhook_url: Callable[[str], str],
) -> ASGIApp:
    """The control room of this server. Its modules are imported at its first request."""

    def make() -> ASGIApp:
        from hookline.dashboard.app import control_room_app  # noqa: PLC0415 -- a server starts without it
        from hookline.runtimes.embedded.wiring.control_room import control_room_of  # noqa: PLC0415

        room = control_room_of(database, current, settings.data_dir, samples)
        return control_room_app(replace(room, fault=lambda: health.fault or health.full, webhook_url=webhook_url))

    return LazyApp(make)


def _sign_in(database: Database, settings: Settings, log: Log) -> SignIn:
    """The login. No one may log in until ``use`` is called. Its audit entries are written to the database."""
    server = settings.server
    return SignIn(
        idle=server.session_idle_timeout,
        lifetime=server.session_lifetime,
        admin_url=server.admin_url,
        audit=SqliteAuditLog(database),
        calls=HttpsProviderCalls(),
        say=log.say,
        now=database.clock.now,
    )


def _entrance(room: ASGIApp, sign_in: SignIn, settings: Settings) -> ASGIApp:
    """The control room behind its entrance. The modules of pages are imported at the first request for a page."""

    def make() -> ASGIApp:
        from hookline.dashboard.entrance import Entrance  # noqa: PLC0415 -- a server starts without it

        return Entrance(room, sign_in, home="Embedded", place=str(settings.data_dir))

    return LazyApp(make)
