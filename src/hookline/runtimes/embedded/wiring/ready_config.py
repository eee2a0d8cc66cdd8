"""Prepares a configuration for use, at the start and at each reload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.local.url_fetcher import HttpsUrlFetcher
from hookline.adapters.sqlite import SqliteHandshakeSecrets, SqliteInventory
from hookline.pipeline.handshake import HandshakeEffects
from hookline.pipeline.receive import Endpoint
from hookline.pipeline.route import router_of
from hookline.runtimes.embedded.active_config import ReadyConfig
from hookline.runtimes.embedded.reload import Steps
from hookline.runtimes.embedded.settings import fixed_secrets
from hookline.runtimes.embedded.startup import report
from hookline.runtimes.embedded.wiring.secrets import secrets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hookline.adapters.local.secrets import LoadedSecrets
    from hookline.adapters.sqlite import Database
    from hookline.config import Config
    from hookline.domain.queue import Queue
    from hookline.ports.confirmations import Confirmations
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.reload import Read
    from hookline.runtimes.embedded.settings import Settings

__all__ = ["ready_config", "reload_steps"]


def ready_config(
    config: Config, known: LoadedSecrets, database: Database, confirmations: Confirmations | None
) -> ReadyConfig:
    """The configuration, prepared for use. ``confirmations`` are kept at a reload, because they cache senders' tokens."""
    return ReadyConfig(
        config=config,
        router=router_of(config),
        secrets=known,
        endpoint=Endpoint.of(
            config.sources,
            lambda _: known.reader,
            effects=HandshakeEffects(
                handshake_secrets=SqliteHandshakeSecrets(database, on_kept=known.learn), url_fetcher=HttpsUrlFetcher()
            ),
            confirmations=confirmations,
            proxies=config.server.proxies,
        ),
    )


def reload_steps(
    database: Database,
    settings: Settings,
    read: Callable[[], Read],
    confirmations: Confirmations | None,
    declare: Callable[[Sequence[Queue]], None],
    take: Callable[[ReadyConfig], None],
    log: Log,
) -> Steps:
    """The functions by which a reload applies another configuration."""
    return Steps(
        read=read,
        report=lambda new: report(new, SqliteInventory(database), log),
        prepare=lambda new, values: ready_config(
            new, secrets_of(new, values, SqliteHandshakeSecrets(database)), database, confirmations
        ),
        declare=declare,
        take=take,
        fixed_secrets=lambda new: fixed_secrets(new, settings.env_file),
    )
