"""Opens the queues of a deployed environment for operators' actions and for forwards."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.aws.telemetry import EmfTelemetry
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.runtimes.aws_lambda.wiring.commands import message_text, operators_clients
from hookline.runtimes.queue_actions import QueueActions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hookline.adapters.aws.queues import SqsQueues
    from hookline.domain.message import Delivery
    from hookline.pipeline.pauses import PauseActions, PausedSource
    from hookline.runtimes.forward_attempt import ForwardSource

__all__ = ["deployed_pauses", "open_forward_source", "open_pause_actions", "open_queue_actions", "received"]

_HIDDEN = timedelta(seconds=30)
_AT_ONCE = timedelta(0)


@contextmanager
def open_queue_actions(environment: str, *handled: str) -> Iterator[QueueActions]:
    """The actions on queues, dead-letter queues and the router's failure queue. Raises as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.audit import DynamoAuditLog
        from hookline.adapters.aws.dead_letters import SqsDeadLetters
        from hookline.adapters.aws.deployed_queues import DeployedQueues
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.dispatcher import LambdaDispatcher
        from hookline.adapters.aws.move_tasks import SqsMoveTasks
        from hookline.adapters.aws.names import ROUTER_FAILURES
        from hookline.adapters.aws.queue_moves import SqsQueueMoves
        from hookline.adapters.aws.queues import SqsQueues
        from hookline.adapters.local import SystemClock
        from hookline.pipeline.redrive import Redrive

        deployed, clock = read_deployment(clients.invoker(), environment), SystemClock()
        deployed_queues = DeployedQueues(clients.sqs, environment=environment)
        names = {queue.removesuffix(DEAD_LETTER_SUFFIX) for queue in handled} - {ROUTER_FAILURES}
        named = [deployed_queues.queue(name) for name in sorted(names)]
        queues = SqsQueues(clients.sqs(), queues=named, environment=environment, url_prefix=deployed.queue_url_prefix)
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
                text_of=message_text(clients, deployed),
                moves=SqsMoveTasks(
                    clients.sqs,
                    queues=named,
                    environment=environment,
                    url_prefix=deployed.queue_url_prefix,
                    clock=clock,
                ),
            ),
            audit=audit,
            peek=partial(received, queues),
            moves=SqsQueueMoves(queues, clock=clock),
            whole=(ROUTER_FAILURES,),
        )


@contextmanager
def open_forward_source(environment: str, queue: str) -> Iterator[ForwardSource]:
    """The environment's queue, for a forward on any machine. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.deployed_queues import DeployedQueues
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.queues import SqsQueues
        from hookline.adapters.aws.secrets import AwsSecrets
        from hookline.adapters.local import SystemClock
        from hookline.runtimes.forward_attempt import ForwardSource

        deployed, clock = read_deployment(clients.invoker(), environment), SystemClock()
        named = DeployedQueues(clients.sqs, environment=environment).queue(queue.removesuffix(DEAD_LETTER_SUFFIX))
        yield ForwardSource(
            queues=SqsQueues(
                clients.sqs(),
                queues=[named],
                environment=environment,
                url_prefix=deployed.queue_url_prefix,
            ),
            text_of=message_text(clients, deployed),
            read_secrets=AwsSecrets(clients, environment=environment, clock=clock).read,
            telemetry=None
            if sys.stderr.isatty()
            else EmfTelemetry(environment=environment, function="forward", stream=sys.stderr),
        )


@contextmanager
def open_pause_actions(environment: str) -> Iterator[PauseActions]:
    """The pauses of an environment's queues and sources. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.audit import DynamoAuditLog
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.held_events import DynamoHeldEvents
        from hookline.adapters.aws.pauses import DynamoPauses
        from hookline.adapters.aws.queue_gates import QueueGates
        from hookline.adapters.local import SystemClock
        from hookline.pipeline.pauses import PauseActions

        deployed = read_deployment(clients.invoker(), environment)
        yield PauseActions(
            pauses=DynamoPauses(
                clients.dynamodb,
                table=deployed.table,
                gates=QueueGates(clients.sqs, environment=environment, url_prefix=deployed.queue_url_prefix),
            ),
            held=DynamoHeldEvents(clients.dynamodb, table=deployed.table, clock=SystemClock()),
            audit=DynamoAuditLog(clients.dynamodb, table=deployed.table),
        )


def deployed_pauses(environment: str) -> Mapping[str, PausedSource]:
    """The paused sources of an environment. Raises as ``open_environment`` does."""
    with open_pause_actions(environment) as actions:
        return actions.sources()


def received(queues: SqsQueues, queue: str, limit: int) -> Sequence[Delivery]:
    """Messages of a queue, received and released immediately: SQS has no other way to read them."""
    found = queues.receive(queue, max_messages=limit, visibility_timeout=_HIDDEN, wait=timedelta(seconds=1))
    queues.extend(queue, [one.receipt for one in found], visibility_timeout=_AT_ONCE)
    return found
