"""Opens what operators do to the queues of a deployed environment: with ``wiring``, the only place that opens adapters."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from hookline.domain.queue import DEAD_LETTER_SUFFIX, Queue
from hookline.runtimes.aws_lambda.wiring import operators_clients
from hookline.runtimes.queue_actions import QueueActions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.adapters.aws.queues import SqsQueues
    from hookline.domain.message import Delivery

__all__ = ["open_queue_actions"]

_HIDDEN = timedelta(seconds=30)
_AT_ONCE = timedelta(0)


@contextmanager
def open_queue_actions(environment: str, queue: str) -> Iterator[QueueActions]:
    """What operators do to a queue, also a dead-letter queue or the router's failure queue. Raises as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.audit import DynamoAuditLog
        from hookline.adapters.aws.bodies import S3Bodies
        from hookline.adapters.aws.dead_letters import SqsDeadLetters
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.dispatcher import LambdaDispatcher
        from hookline.adapters.aws.event_store import DynamoEventStore
        from hookline.adapters.aws.move_tasks import SqsMoveTasks
        from hookline.adapters.aws.names import ROUTER_FAILURES
        from hookline.adapters.aws.queues import SqsQueues
        from hookline.adapters.local import SystemClock
        from hookline.config.model import DEFAULT_EVENT_RETENTION
        from hookline.pipeline.forward_request import whole_text
        from hookline.pipeline.redrive import Redrive

        deployed, clock = read_deployment(clients.invoker(), environment), SystemClock()
        named = [] if queue == ROUTER_FAILURES else [Queue(name=queue.removesuffix(DEAD_LETTER_SUFFIX))]
        queues = SqsQueues(clients.sqs(), queues=named, environment=environment, url_prefix=deployed.queue_url_prefix)
        events = DynamoEventStore(
            clients.dynamodb,
            table=deployed.table,
            bodies=S3Bodies(clients.s3, bucket=deployed.bucket),
            clock=clock,
            event_retention=DEFAULT_EVENT_RETENTION,  # nothing is stored or delivered from here
        )
        audit = DynamoAuditLog(clients.dynamodb, table=deployed.table)
        yield QueueActions(
            queues=queues,
            redrive=Redrive(
                letters=SqsDeadLetters(
                    queues,
                    clock=clock,
                    resubmit=LambdaDispatcher(clients.invoker, function=deployed.router).resubmit,
                ),
                depth=queues.depth,
                audit=audit,
                text_of=partial(whole_text, events),
                moves=SqsMoveTasks(
                    clients.sqs,
                    queues=named,
                    environment=environment,
                    url_prefix=deployed.queue_url_prefix,
                    clock=clock,
                ),
            ),
            audit=audit,
            peek=partial(_received, queues),
            whole=(ROUTER_FAILURES,),
        )


def _received(queues: SqsQueues, queue: str, limit: int) -> Sequence[Delivery]:
    """Messages that were received and are given back at once: SQS has no other look at them."""
    found = queues.receive(queue, max_messages=limit, visibility_timeout=_HIDDEN, wait=timedelta(seconds=1))
    queues.extend(queue, [one.receipt for one in found], visibility_timeout=_AT_ONCE)
    return found
