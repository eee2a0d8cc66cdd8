"""Opens an earlier state of a deployed environment's events, for operators."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hookline.runtimes.aws_lambda.wiring.commands import operators_clients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.ports.audit import AuditLog
    from hookline.ports.restored_events import RestoredEvents

__all__ = ["open_restored_events"]


@contextmanager
def open_restored_events(environment: str, table: str) -> Iterator[tuple[RestoredEvents, AuditLog]]:
    """The events of ``table``, which DynamoDB restored from an earlier state, and the audit log. Raises as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.audit import DynamoAuditLog
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.restored_events import DynamoRestoredEvents
        from hookline.adapters.local import SystemClock

        deployed = read_deployment(clients.invoker(), environment)
        yield (
            DynamoRestoredEvents(
                clients.dynamodb,
                clients.s3,
                table=deployed.table,
                restored=table,
                bucket=deployed.bucket,
                clock=SystemClock(),
            ),
            DynamoAuditLog(clients.dynamodb, table=deployed.table),
        )
