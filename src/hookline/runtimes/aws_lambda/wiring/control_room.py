"""Puts the control room of a deployed environment together, with the credentials of the operator who opens it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.runtimes.aws_lambda.wiring.commands import (
    event_store,
    operators_clients,
    quarantine_there,
    retry_there,
)
from hookline.runtimes.aws_lambda.wiring.queues import received
from hookline.runtimes.operator import fresh_id, local_operator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.deployment import Deployment
    from hookline.adapters.aws.queues import SqsQueues
    from hookline.config import Config
    from hookline.dashboard.control_room import ControlRoom
    from hookline.pipeline.bulk_replay import BulkReplay
    from hookline.pipeline.pauses import PauseActions
    from hookline.pipeline.redrive import Redrive
    from hookline.pipeline.replay import Replayed
    from hookline.pipeline.replayed_letters import LettersRemoved
    from hookline.pipeline.route import Router
    from hookline.ports.audit import AuditLog
    from hookline.ports.clock import Clock
    from hookline.ports.dispatcher import Dispatcher

__all__ = ["open_control_room"]


@contextmanager
def open_control_room(environment: str, config: Config) -> Iterator[ControlRoom]:
    """The environment as pages and API see it, judged by ``config``. Raises OperatorError as ``open_environment`` does.

    What SQS does not say is None there: which messages an event has and where each is. The samples are CloudWatch's.
    """
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.deployment import read_deployment

        yield _Parts(clients, read_deployment(clients.invoker(), environment), environment, config).room()


class _Parts:
    """Makes the room's parts over one set of clients, which any thread may use."""

    def __init__(self, clients: Clients, deployed: Deployment, environment: str, config: Config) -> None:
        from hookline.adapters.aws.audit import DynamoAuditLog
        from hookline.adapters.aws.dispatcher import LambdaDispatcher
        from hookline.adapters.aws.queues import SqsQueues
        from hookline.adapters.local import SystemClock

        self._clients, self._deployed, self._environment, self._config = clients, deployed, environment, config
        self._clock: Clock = SystemClock()
        self._queues: SqsQueues = SqsQueues(
            clients.sqs(), queues=config.queues, environment=environment, url_prefix=deployed.queue_url_prefix
        )
        self._audit: AuditLog = DynamoAuditLog(clients.dynamodb, table=deployed.table)
        self._events = event_store(clients, deployed)
        self._dispatcher = LambdaDispatcher(clients.invoker, function=deployed.router)

    def room(self) -> ControlRoom:
        from hookline.adapters.aws.function_log import FunctionLog
        from hookline.adapters.aws.handshake_secrets import SsmHandshakeSecrets
        from hookline.adapters.aws.inventory import SqsInventory
        from hookline.adapters.aws.metric_samples import MetricSamples
        from hookline.adapters.aws.names import ROUTER_FAILURES, log_group, validator
        from hookline.adapters.aws.queue_listing import SqsQueueListing
        from hookline.adapters.aws.secrets import AwsSecrets
        from hookline.adapters.aws.watch import DynamoWatch
        from hookline.adapters.local.keys import HttpsKeys
        from hookline.dashboard.control_room import ControlRoom
        from hookline.pipeline.route import Router

        clients, at, clock, config = self._clients, self._environment, self._clock, self._config
        router = Router(config.routes, config.queues)
        secrets = AwsSecrets(clients, environment=at, clock=clock, may_be_missing=config.learned_names)
        return ControlRoom(
            home="aws",
            place=at,
            config=lambda: config,
            router=lambda: router,
            now=clock.now,
            fresh_id=fresh_id,
            events=self._events,
            listing=SqsQueueListing(clients, environment=at, clock=clock),
            queues=self._queues,
            inventory=SqsInventory(clients, environment=at, table=self._deployed.table, clock=clock),
            audit=self._audit,
            peek=partial(received, self._queues),
            redrive=self._redrive,
            replay=self._replay,
            bulk_replay=partial(self._bulk_replay, router, self._dispatcher),
            pauses=self._pauses(),
            arming=SsmHandshakeSecrets(clients, environment=at, clock=clock),
            watch=lambda: DynamoWatch(
                clients.dynamodb,
                table=self._deployed.table,
                events=self._events,
                refusals=FunctionLog(clients.logs, group=log_group(validator(at)), clock=clock),
                clock=clock,
            ),
            secrets=lambda: secrets,
            quarantine=quarantine_there(clients, at),
            retry=lambda accept_ambiguous: retry_there(clients, at, accept_ambiguous=accept_ambiguous),
            keys=HttpsKeys(clock),
            samples=MetricSamples(clients, environment=at, queues=config.queues, clock=clock),
            whole=(ROUTER_FAILURES,),
            actor=local_operator(),
        )

    def _redrive(self, queue: str) -> Redrive:
        """What moves dead letters of this queue: SQS moves whole queues by itself."""
        from hookline.adapters.aws.dead_letters import SqsDeadLetters
        from hookline.adapters.aws.move_tasks import SqsMoveTasks
        from hookline.pipeline.forward_request import whole_text
        from hookline.pipeline.redrive import Redrive

        name = queue.removesuffix(DEAD_LETTER_SUFFIX)
        return Redrive(
            letters=SqsDeadLetters(self._queues, clock=self._clock, resubmit=self._dispatcher.resubmit),
            depth=self._queues.depth,
            audit=self._audit,
            text_of=partial(whole_text, self._events),
            moves=SqsMoveTasks(
                self._clients.sqs,
                queues=[one for one in self._config.queues if one.name == name],
                environment=self._environment,
                url_prefix=self._deployed.queue_url_prefix,
                clock=self._clock,
            ),
        )

    def _replay(
        self,
        event_ids: Sequence[str],
        replay_id: str,
        keep_letters: bool,  # noqa: FBT001 -- the room's own shape
    ) -> tuple[list[Replayed], LettersRemoved]:
        """Events reopened and handed to the router that is deployed; their dead letters go by the routes of this configuration."""
        from hookline.adapters.aws.dead_letters import SqsDeadLetters
        from hookline.pipeline.replay import hand_over
        from hookline.pipeline.replayed_letters import remove_letters
        from hookline.pipeline.route import Router

        results = hand_over([*dict.fromkeys(event_ids)], self._events, self._dispatcher, replay_id=replay_id)
        router = Router(self._config.routes)
        done = () if keep_letters else (self._events.get(one.event_id) for one in results if one.fault is None)
        through = {one.event.id: router.route(one.event).queues for one in done if one is not None}
        letters = SqsDeadLetters(self._queues, clock=self._clock, resubmit=self._dispatcher.resubmit)
        return results, remove_letters(letters, through)

    def _bulk_replay(self, router: Router, dispatcher: Dispatcher) -> BulkReplay:
        from hookline.adapters.aws.bodies import S3Bodies
        from hookline.adapters.aws.replays import DynamoReplays
        from hookline.pipeline.bulk_replay import BulkReplay, hand_to_router

        return BulkReplay(
            replays=DynamoReplays(
                self._clients.dynamodb,
                table=self._deployed.table,
                bodies=S3Bodies(self._clients.s3, bucket=self._deployed.bucket),
                clock=self._clock,
            ),
            audit=self._audit,
            router=router,
            deliver=hand_to_router(dispatcher),
            known_queues={queue.name for queue in self._config.queues},
        )

    def _pauses(self) -> PauseActions:
        from hookline.adapters.aws.held_events import DynamoHeldEvents
        from hookline.adapters.aws.pauses import DynamoPauses
        from hookline.adapters.aws.queue_gates import QueueGates
        from hookline.pipeline.pauses import PauseActions

        table, prefix = self._deployed.table, self._deployed.queue_url_prefix
        return PauseActions(
            pauses=DynamoPauses(
                self._clients.dynamodb,
                table=table,
                gates=QueueGates(self._clients.sqs, environment=self._environment, url_prefix=prefix),
            ),
            held=DynamoHeldEvents(self._clients.dynamodb, table=table, clock=self._clock),
            audit=self._audit,
        )
