"""Creates the control room of a deployed environment, with the credentials of the operator who opens it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from hookline.config.canary import with_wanted_canary
from hookline.domain.pause import HOLDS
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import HooklineError
from hookline.runtimes.aws_lambda.settings import operator_region
from hookline.runtimes.aws_lambda.wiring.commands import (
    event_store,
    message_text,
    operators_clients,
    quarantine_there,
    retry_there,
    stage_url,
)
from hookline.runtimes.aws_lambda.wiring.queues import received
from hookline.runtimes.operator import fresh_id, local_operator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.deployment import Deployment
    from hookline.adapters.aws.metric_samples import MetricSamples
    from hookline.adapters.aws.queues import SqsQueues
    from hookline.adapters.aws.watch import DynamoWatch
    from hookline.config import Config
    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.message import Delivery
    from hookline.pipeline.bulk_replay import BulkReplay
    from hookline.pipeline.pauses import PauseActions
    from hookline.pipeline.redrive import Redrive
    from hookline.pipeline.replay import Replayed
    from hookline.pipeline.replayed_letters import LettersRemoved
    from hookline.pipeline.route import Router
    from hookline.ports.audit import AuditLog
    from hookline.ports.clock import Clock
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.storage_counts import StorageCounts

__all__ = ["open_control_room"]

_COUNTS_KEPT_FOR: Final = timedelta(seconds=30)
"""How long counts are cached: an open overview requests them every five seconds, and each read costs about ten read units."""


@contextmanager
def open_control_room(environment: str, config: Config, *, api_endpoint: str | None = None) -> Iterator[ControlRoom]:
    """The environment for pages and API, with sources and routes of ``config``. Raises OperatorError as ``open_environment`` does.

    The places of an event's messages are None, because SQS does not report them. The samples are from CloudWatch. ``api_endpoint`` is
    the stack's output of this name; without it API Gateway is queried, and without that right no source's URL is known.
    """
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.deployment import read_deployment

        room = _Parts(
            clients, read_deployment(clients.invoker(), environment), environment, with_wanted_canary(config)
        ).room()
        stage = stage_url(api_endpoint, config)
        yield replace(room, webhook_url=_deployed_urls(clients, environment) if stage is None else _urls_at(stage))


def _urls_at(stage: str) -> Callable[[str], str]:
    return lambda path: f"{stage}{path}"


def _deployed_urls(clients: Clients, environment: str) -> Callable[[str], str] | None:
    """The stage's URL from API Gateway; None where there is none. If this caller has no right to read it, each use of a URL raises that."""
    from hookline.adapters.aws.deployed_parts import DeployedParts

    try:
        stage = DeployedParts(clients, environment=environment).endpoint(region=operator_region()).value
    except HooklineError as fault:
        return None if fault.missing_right is None else _denied(fault)
    return None if stage is None else _urls_at(stage)


def _denied(fault: HooklineError) -> Callable[[str], str]:
    def refuse(_path: str) -> str:
        raise fault

    return refuse


class _Parts:
    """Creates the control room's parts over one set of clients, which any thread may use."""

    def __init__(self, clients: Clients, deployed: Deployment, environment: str, config: Config) -> None:
        from hookline.adapters.aws.audit import DynamoAuditLog
        from hookline.adapters.aws.dispatcher import LambdaDispatcher
        from hookline.adapters.aws.queues import SqsQueues
        from hookline.adapters.local import SystemClock
        from hookline.pipeline.seen_letters import SeenLetters

        self._clients, self._deployed, self._environment, self._config = clients, deployed, environment, config
        self._clock: Clock = SystemClock()
        self._queues: SqsQueues = SqsQueues(
            clients.sqs(), queues=config.queues, environment=environment, url_prefix=deployed.queue_url_prefix
        )
        self._audit: AuditLog = DynamoAuditLog(clients.dynamodb, table=deployed.table)
        self._events = event_store(clients, deployed)
        self._dispatcher = LambdaDispatcher(clients.invoker, function=deployed.router)
        self._quarantine = quarantine_there(clients, environment)
        self._seen = SeenLetters()

    def room(self) -> ControlRoom:
        from hookline.adapters.aws.handshake_secrets import SsmHandshakeSecrets
        from hookline.adapters.aws.inventory import SqsInventory
        from hookline.adapters.aws.names import ROUTER_FAILURES
        from hookline.adapters.aws.queue_listing import SqsQueueListing
        from hookline.adapters.aws.queue_moves import SqsQueueMoves
        from hookline.adapters.aws.secrets import AwsSecrets
        from hookline.adapters.local.keys import HttpsKeys
        from hookline.dashboard.control_room import ControlRoom
        from hookline.pipeline.route import router_of
        from hookline.runtimes.aws_lambda.wiring.erasure import erasure_there

        clients, at, clock, config = self._clients, self._environment, self._clock, self._config
        router = router_of(config)
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
            moves=SqsQueueMoves(self._queues, clock=clock),
            inventory=SqsInventory(clients, environment=at, table=self._deployed.table, clock=clock),
            audit=self._audit,
            peek=self._peek,
            seen_letters=self._seen,
            redrive=self._redrive,
            replay=self._replay,
            bulk_replay=partial(self._bulk_replay, router, self._dispatcher),
            erasure=lambda: erasure_there(clients, self._deployed, at, event_retention=config.retention),
            pauses=self._pauses(),
            arming=SsmHandshakeSecrets(clients, environment=at, clock=clock),
            watch=self._watch,
            secrets=lambda: AwsSecrets(clients, environment=at, clock=clock, may_be_missing=config.secret_names),
            quarantine=self._quarantine,
            counts=self._counts(),
            retry=lambda accept_ambiguous: retry_there(clients, at, accept_ambiguous=accept_ambiguous),
            keys=HttpsKeys(clock),
            samples=self._samples(),
            whole=(ROUTER_FAILURES,),
            actor=local_operator(),
        )

    def _watch(self) -> DynamoWatch:
        from hookline.adapters.aws.function_log import FunctionLog
        from hookline.adapters.aws.names import log_group, validator
        from hookline.adapters.aws.watch import DynamoWatch

        return DynamoWatch(
            self._clients.dynamodb,
            table=self._deployed.table,
            events=self._events,
            refusals=FunctionLog(self._clients.logs, group=log_group(validator(self._environment)), clock=self._clock),
            clock=self._clock,
        )

    def _samples(self) -> MetricSamples:
        from hookline.adapters.aws.metric_samples import MetricSamples

        return MetricSamples(
            self._clients,
            environment=self._environment,
            queues=self._config.queues,
            sources=[source.name for source in self._config.sources],
            clock=self._clock,
        )

    def _peek(self, queue: str, limit: int) -> Sequence[Delivery]:
        """The messages of a queue. Dead letters are remembered, because later only another receive could show them."""
        found = received(self._queues, queue, limit)
        if queue.endswith(DEAD_LETTER_SUFFIX):
            self._seen.note(queue, found, self._clock.now())
        return found

    def _counts(self) -> StorageCounts:
        from hookline.adapters.aws.storage_counts import DynamoStorageCounts

        pauses = self._pauses()
        return DynamoStorageCounts(
            self._clients.dynamodb,
            table=self._deployed.table,
            quarantine=self._quarantine,
            holding=lambda: [one.name for one in pauses.pauses.all() if one.state in HOLDS],
            clock=self._clock,
            kept_for=_COUNTS_KEPT_FOR,
        )

    def _redrive(self, queue: str) -> Redrive:
        """The service that moves dead letters of this queue: SQS itself only moves whole queues."""
        from hookline.adapters.aws.dead_letters import SqsDeadLetters
        from hookline.adapters.aws.move_tasks import SqsMoveTasks
        from hookline.pipeline.redrive import Redrive

        name = queue.removesuffix(DEAD_LETTER_SUFFIX)
        return Redrive(
            letters=SqsDeadLetters(self._queues, clock=self._clock, resubmit=self._dispatcher.resubmit),
            depth=self._queues.depth,
            audit=self._audit,
            text_of=message_text(self._clients, self._deployed),
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
        """Reopen events and send them to the deployed router; remove their dead letters on the queues of this configuration's routes."""
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
