"""Creates the part of the router that completes events. Only archives of projects that fetch records have this module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.aws.secrets import AwsSecrets
from hookline.adapters.local.fetches import HttpsFetches
from hookline.pipeline.complete import Completer
from hookline.runtimes.aws_lambda.records import RouterRecords
from hookline.runtimes.aws_lambda.wiring.functions import telemetry_of

if TYPE_CHECKING:
    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.outbox import DynamoOutbox
    from hookline.config import Config
    from hookline.pipeline.route import Router
    from hookline.ports.clock import Clock
    from hookline.runtimes.aws_lambda.settings import RouterSettings

__all__ = ["records_of"]


def records_of(
    config: Config, clients: Clients, clock: Clock, settings: RouterSettings, outbox: DynamoOutbox, router: Router
) -> RouterRecords:
    """The part that completes the events of this project's sources."""
    secrets = AwsSecrets(clients, environment=settings.environment, clock=clock)
    sources = {source.name: source for source in config.sources}
    return RouterRecords(
        outbox,
        Completer(sources=lambda: sources, fetches=HttpsFetches(), read=secrets.read, waits_as_long=True),
        router.at_last,
        keeps_order=any(queue.fifo is not None for queue in config.queues),
        telemetry=telemetry_of("router"),
        clock=clock,
    )
