"""Opens erasures in a deployed environment, with the operator's own rights."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hookline.config.model import DEFAULT_EVENT_RETENTION
from hookline.runtimes.aws_lambda.wiring.commands import operators_clients, quarantine_there

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.deployment import Deployment
    from hookline.domain.retention import EventRetention
    from hookline.pipeline.erasure import Erasure

__all__ = ["erasure_there", "open_erasure"]


@contextmanager
def open_erasure(environment: str) -> Iterator[Erasure]:
    """Erasures in an environment. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.deployment import read_deployment

        yield erasure_there(clients, read_deployment(clients.invoker(), environment), environment)


def erasure_there(
    clients: Clients,
    deployed: Deployment,
    environment: str,
    *,
    event_retention: timedelta | EventRetention = DEFAULT_EVENT_RETENTION,
) -> Erasure:
    """Erasures in an environment, with open clients. ``event_retention`` is the configuration's, where it is known."""
    from hookline.adapters.aws.audit import DynamoAuditLog
    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.erasures import DynamoErasures
    from hookline.adapters.local import SystemClock
    from hookline.pipeline.erasure import Erasure
    from hookline.pipeline.unreachable import ON_AWS

    erasures = DynamoErasures(
        clients.dynamodb,
        table=deployed.table,
        bodies=S3Bodies(clients.s3, bucket=deployed.bucket),
        clock=SystemClock(),
        event_retention=event_retention,
    )
    return Erasure(
        erasures=erasures,
        cleaning=erasures,
        quarantine=quarantine_there(clients, environment),
        audit=DynamoAuditLog(clients.dynamodb, table=deployed.table),
        unreachable=ON_AWS,
    )
