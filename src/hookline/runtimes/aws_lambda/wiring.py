"""Puts the functions together, and what operators use: the only place that opens the adapters.

Each function imports only its own: a cold start waits for every module.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.adapters.aws.telemetry import EmfTelemetry
from hookline.errors import OperatorError, UnavailableError
from hookline.record import record
from hookline.runtimes.aws_lambda.settings import (
    environment_name,
    operator_region,
    read_recoverer,
    read_router,
    read_validator,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.secret_store import SecretStore
    from hookline.adapters.aws.secrets import AwsSecrets
    from hookline.config import Config
    from hookline.pipeline.bulk_replay import BulkReplay
    from hookline.pipeline.replay import Replayed
    from hookline.ports.audit import AuditLog
    from hookline.ports.clock import Clock
    from hookline.ports.confirmations import Confirmations
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.event_store import EventStore
    from hookline.ports.handshake_secrets import Arming, HandshakeSecrets
    from hookline.ports.inventory import Inventory
    from hookline.ports.keys import Keys
    from hookline.ports.queue_listing import QueueListing
    from hookline.ports.replays import Replays
    from hookline.ports.watch import Watch
    from hookline.runtimes.aws_lambda.recoverer import Recoverer
    from hookline.runtimes.aws_lambda.router import EventRouter
    from hookline.runtimes.aws_lambda.validator import Validator
    from hookline.runtimes.forward_attempt import ForwardSource

__all__ = [
    "Environment",
    "open_arming",
    "open_audit",
    "open_bulk_replay",
    "open_environment",
    "open_forward_source",
    "open_inventory",
    "open_queue_listing",
    "open_recoverer",
    "open_router",
    "open_secrets",
    "open_validator",
    "open_watch",
    "operators_clients",
    "replay_events",
    "telemetry_of",
]

_ANSWERING_SECONDS = 0.5
_OPENING_SECONDS = 5.0
"""For reading the secrets ahead: Lambda gives the phase in which this happens ten seconds, for everything."""


def open_validator() -> Validator:
    """The validator, its clients made and its secrets read. Raises ConfigError when the environment or hookline.toml is not right."""
    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.dispatcher import LambdaDispatcher
    from hookline.adapters.aws.event_store import DynamoEventStore
    from hookline.adapters.aws.secrets import AwsSecrets
    from hookline.adapters.local import FreezableClock
    from hookline.adapters.local.url_fetcher import HttpsUrlFetcher
    from hookline.config import load
    from hookline.pipeline.handshake import HandshakeEffects
    from hookline.runtimes.aws_lambda.validator import Validator

    settings = read_validator()
    config = load(settings.config)
    clients, clock = Clients(), FreezableClock()
    secrets = AwsSecrets(clients, environment=settings.environment, clock=clock, may_be_missing=config.learned_names)

    def left() -> float | None:
        """Seconds that a host of a sender's may take: the answer has to be made and sent after it."""
        seconds = clients.deadline.left()
        return None if seconds is None else seconds - _ANSWERING_SECONDS

    validator = Validator(
        config=config,
        secrets=secrets,
        store=DynamoEventStore(
            clients.dynamodb(),
            table=settings.table,
            bodies=S3Bodies(clients.s3, bucket=settings.bucket),
            clock=clock,
            event_retention=config.event_retention,
        ),
        dispatcher=LambdaDispatcher(clients.invoker(), function=settings.router),
        telemetry=telemetry_of("validator"),
        clock=clock,
        begin_deadline=clients.deadline.start,
        effects=HandshakeEffects(
            handshake_secrets=_handshake_secrets(config, clients, secrets, settings.environment),
            url_fetcher=HttpsUrlFetcher(seconds_left=left),
        ),
        keys=_keys(config, clock, left),
        confirmations=_confirmations(config, left),
    )
    clients.deadline.start(_OPENING_SECONDS)
    with suppress(UnavailableError):  # the first request reads them again, and reports it
        secrets.read(config.secret_names)
    return validator


def _handshake_secrets(config: Config, clients: Clients, secrets: AwsSecrets, environment: str) -> HandshakeSecrets:
    """Where secrets that arrive are kept, in a project whose senders bring any: the others have no right to keep one."""
    if not config.learned_names:
        from hookline.adapters.local.handshake_secrets import NoHandshakeSecrets

        return NoHandshakeSecrets()
    from hookline.adapters.aws.handshake_secrets import SsmHandshakeSecrets
    from hookline.adapters.local import FreezableClock

    return SsmHandshakeSecrets(clients, environment=environment, clock=FreezableClock(), on_kept=secrets.learn)


def _keys(config: Config, clock: Clock, seconds_left: Callable[[], float | None]) -> Keys | None:
    """What fetches senders' public keys, in a project that has such senders."""
    from hookline.pipeline.public_keys import needs_key

    if not any(needs_key(source) for source in config.sources):
        return None
    from hookline.adapters.local.keys import HttpsKeys

    return HttpsKeys(clock, seconds_left=seconds_left)


def _confirmations(config: Config, seconds_left: Callable[[], float | None]) -> Confirmations | None:
    """What asks senders whether calls are theirs, in a project that wants to know."""
    if not any(source.confirmation for source in config.sources):
        return None
    from hookline.adapters.local.confirmations import HttpsConfirmations

    return HttpsConfirmations(seconds_left=seconds_left)


def open_router() -> EventRouter:
    """The router. Raises ConfigError as ``open_validator`` does."""
    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.event_store import DynamoEventStore
    from hookline.adapters.aws.outbox import DynamoOutbox
    from hookline.adapters.aws.queues import SqsQueues
    from hookline.adapters.local import FreezableClock
    from hookline.config import load
    from hookline.pipeline.route import Router
    from hookline.runtimes.aws_lambda.router import EventRouter

    settings = read_router()
    config = load(settings.config)
    clients, clock = Clients(), FreezableClock()
    bodies = S3Bodies(clients.s3, bucket=settings.bucket)
    dynamodb = clients.dynamodb()
    return EventRouter(
        store=DynamoEventStore(
            dynamodb, table=settings.table, bodies=bodies, clock=clock, event_retention=config.event_retention
        ),
        outbox=DynamoOutbox(
            dynamodb,
            table=settings.table,
            bodies=bodies,
            queues=SqsQueues(
                clients.sqs(),
                queues=config.queues,
                environment=settings.environment,
                url_prefix=settings.queue_url_prefix,
            ),
            clock=clock,
            event_retention=config.event_retention,
        ),
        router=Router(config.routes, config.queues),
        telemetry=telemetry_of("router"),
        clock=clock,
    )


def open_recoverer() -> Recoverer:
    """The recoverer. Raises ConfigError when the environment is not right; it needs no hookline.toml."""
    from hookline.adapters.aws.bodies import UntouchedBodies
    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.dispatcher import LambdaDispatcher
    from hookline.adapters.aws.outbox import DynamoOutbox
    from hookline.adapters.aws.queues import SqsQueues
    from hookline.adapters.local import FreezableClock
    from hookline.config.model import DEFAULT_EVENT_RETENTION
    from hookline.runtimes.aws_lambda.recoverer import Recoverer

    settings = read_recoverer()
    clients, clock = Clients(), FreezableClock()
    return Recoverer(
        outbox=DynamoOutbox(
            clients.dynamodb(),
            table=settings.table,
            bodies=UntouchedBodies(),
            queues=SqsQueues(clients.sqs, queues=(), environment=settings.environment, url_prefix=""),
            clock=clock,
            event_retention=DEFAULT_EVENT_RETENTION,  # it delivers nothing
        ),
        dispatcher=LambdaDispatcher(clients.invoker(), function=settings.router),
        telemetry=telemetry_of("recoverer"),
        clock=clock,
    )


def telemetry_of(function: str) -> EmfTelemetry:
    """The telemetry of a function, whatever else is wrong with it."""
    environment = environment_name()
    name = {"validator": names.validator, "router": names.router, "recoverer": names.recoverer}[function]
    return EmfTelemetry(environment=environment, function=name(environment))


@record
class Environment:
    """A deployed environment, for an operator's commands."""

    events: EventStore
    dispatcher: Dispatcher
    audit: AuditLog
    replays: Replays


@contextmanager
def open_environment(environment: str) -> Iterator[Environment]:
    """A deployed environment, with the credentials of anyone who runs this. Raises OperatorError with a code for what is missing."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.audit import DynamoAuditLog
        from hookline.adapters.aws.bodies import S3Bodies
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.dispatcher import LambdaDispatcher
        from hookline.adapters.aws.event_store import DynamoEventStore
        from hookline.adapters.aws.replays import DynamoReplays
        from hookline.adapters.local import SystemClock
        from hookline.config.model import DEFAULT_EVENT_RETENTION

        deployed = read_deployment(clients.invoker(), environment)
        yield Environment(
            events=DynamoEventStore(
                clients.dynamodb,
                table=deployed.table,
                bodies=S3Bodies(clients.s3, bucket=deployed.bucket),
                clock=SystemClock(),
                event_retention=DEFAULT_EVENT_RETENTION,  # nothing is stored or delivered from here
            ),
            dispatcher=LambdaDispatcher(clients.invoker, function=deployed.router),
            audit=DynamoAuditLog(clients.dynamodb, table=deployed.table),
            replays=DynamoReplays(
                clients.dynamodb,
                table=deployed.table,
                bodies=S3Bodies(clients.s3, bucket=deployed.bucket),
                clock=SystemClock(),
            ),
        )


@contextmanager
def open_audit(environment: str) -> Iterator[AuditLog]:
    """The audit log of a deployed environment. Raises as ``open_environment`` does."""
    with open_environment(environment) as deployed:
        yield deployed.audit


def replay_events(environment: str, event_ids: Sequence[str], *, replay_id: str) -> list[Replayed]:
    """Replay events by their ids: reopened, and handed to the router that is deployed."""
    from hookline.pipeline.replay import hand_over

    with open_environment(environment) as deployed:
        return hand_over([*dict.fromkeys(event_ids)], deployed.events, deployed.dispatcher, replay_id=replay_id)


@contextmanager
def open_bulk_replay(environment: str, config: Config) -> Iterator[BulkReplay]:
    """Replays in a deployed environment: planned by ``config``, routed by what is deployed. Raises as ``open_environment`` does."""
    from hookline.pipeline.bulk_replay import BulkReplay, hand_to_router
    from hookline.pipeline.route import Router

    with open_environment(environment) as deployed:
        yield BulkReplay(
            replays=deployed.replays,
            audit=deployed.audit,
            router=Router(config.routes, config.queues),
            deliver=hand_to_router(deployed.dispatcher),
            known_queues={queue.name for queue in config.queues},
        )


@contextmanager
def open_forward_source(environment: str, queue: str) -> Iterator[ForwardSource]:
    """The environment's queue, for a forward that runs anywhere. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.bodies import S3Bodies
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.event_store import DynamoEventStore
        from hookline.adapters.aws.queues import SqsQueues
        from hookline.adapters.aws.secrets import AwsSecrets
        from hookline.adapters.local import SystemClock
        from hookline.config.model import DEFAULT_EVENT_RETENTION
        from hookline.domain.queue import DEAD_LETTER_SUFFIX, Queue
        from hookline.runtimes.forward_attempt import ForwardSource

        deployed, clock = read_deployment(clients.invoker(), environment), SystemClock()
        yield ForwardSource(
            queues=SqsQueues(
                clients.sqs(),
                queues=[Queue(name=queue.removesuffix(DEAD_LETTER_SUFFIX))],
                environment=environment,
                url_prefix=deployed.queue_url_prefix,
            ),
            events=DynamoEventStore(
                clients.dynamodb,
                table=deployed.table,
                bodies=S3Bodies(clients.s3, bucket=deployed.bucket),
                clock=clock,
                event_retention=DEFAULT_EVENT_RETENTION,  # nothing is stored or delivered from here
            ),
            read_secrets=AwsSecrets(clients, environment=environment, clock=clock).read,
            telemetry=None
            if sys.stderr.isatty()
            else EmfTelemetry(environment=environment, function="forward", stream=sys.stderr),
        )


@contextmanager
def open_watch(environment: str) -> Iterator[Watch]:
    """What comes into an environment. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.bodies import S3Bodies
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.event_store import DynamoEventStore
        from hookline.adapters.aws.function_log import FunctionLog
        from hookline.adapters.aws.watch import DynamoWatch
        from hookline.adapters.local import SystemClock
        from hookline.config.model import DEFAULT_EVENT_RETENTION

        deployed, clock = read_deployment(clients.invoker(), environment), SystemClock()
        yield DynamoWatch(
            clients.dynamodb,
            table=deployed.table,
            events=DynamoEventStore(
                clients.dynamodb,
                table=deployed.table,
                bodies=S3Bodies(clients.s3, bucket=deployed.bucket),
                clock=clock,
                event_retention=DEFAULT_EVENT_RETENTION,  # nothing is stored from here
            ),
            refusals=FunctionLog(clients.logs, group=names.log_group(names.validator(environment)), clock=clock),
            clock=clock,
        )


@contextmanager
def open_inventory(environment: str) -> Iterator[Inventory]:
    """What is deployed and stored in an environment. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.inventory import SqsInventory
        from hookline.adapters.local import SystemClock

        table = read_deployment(clients.invoker(), environment).table
        yield SqsInventory(clients, environment=environment, table=table, clock=SystemClock())


@contextmanager
def open_queue_listing(environment: str) -> Iterator[QueueListing]:
    """The queues that are deployed in an environment. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.queue_listing import SqsQueueListing
        from hookline.adapters.local import SystemClock

        read_deployment(clients.invoker(), environment)
        yield SqsQueueListing(clients, environment=environment, clock=SystemClock())


@contextmanager
def open_secrets(environment: str) -> Iterator[SecretStore]:
    """Where an environment's secrets are kept; it need not be deployed yet. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.secret_store import SecretStore

        yield SecretStore(clients, environment=environment)


@contextmanager
def open_arming(environment: str) -> Iterator[Arming]:
    """Where an environment's sources are armed. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.handshake_secrets import SsmHandshakeSecrets
        from hookline.adapters.local import SystemClock

        yield SsmHandshakeSecrets(clients, environment=environment, clock=SystemClock())


@contextmanager
def operators_clients(environment: str) -> Iterator[Clients]:
    """AWS's clients with the credentials of anyone who runs this. Raises OperatorError with a code for what is missing."""
    if not names.is_environment(environment):
        raise OperatorError("environment_unknown", names.ENVIRONMENT_RULE)
    try:
        from hookline.adapters.aws.clients import Clients
        from hookline.adapters.aws.operator_errors import as_operator_errors
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "botocore":
            raise
        raise OperatorError(
            "aws_sdk_missing", "this command speaks to AWS through botocore, which is not installed"
        ) from None
    with as_operator_errors(), Clients(operator_region()) as clients:
        yield clients
