"""Opens a deployed environment for operators' commands, which run on any machine with the operator's credentials."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.config.canary import with_wanted_canary
from hookline.config.model import DEFAULT_EVENT_RETENTION
from hookline.errors import OperatorError
from hookline.record import record
from hookline.runtimes.aws_lambda.settings import operator_region

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import timedelta

    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.deployment import Deployment
    from hookline.adapters.aws.event_store import DynamoEventStore
    from hookline.adapters.aws.quarantine import DynamoQuarantine
    from hookline.adapters.aws.secret_store import SecretStore
    from hookline.config import Config
    from hookline.domain.message import Delivery
    from hookline.domain.quarantine import RejectedRequest
    from hookline.domain.queue import Queue
    from hookline.domain.retention import EventRetention
    from hookline.pipeline.audited import Run
    from hookline.pipeline.backfill import Intake
    from hookline.pipeline.bulk_replay import BulkReplay
    from hookline.pipeline.replay import Replayed
    from hookline.pipeline.replayed_letters import LettersRemoved
    from hookline.pipeline.retry import Retry
    from hookline.ports.audit import AuditLog
    from hookline.ports.dead_letters import DeadLetters
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.event_store import EventStore
    from hookline.ports.handshake_secrets import Arming
    from hookline.ports.inventory import Inventory
    from hookline.ports.quarantine import Quarantine
    from hookline.ports.queue_listing import QueueListing
    from hookline.ports.replays import Replays
    from hookline.ports.watch import Watch

__all__ = [
    "Environment",
    "event_store",
    "foresee_replay",
    "kept_with_secrets",
    "message_text",
    "open_arming",
    "open_audit",
    "open_audited_arming",
    "open_bulk_replay",
    "open_environment",
    "open_intake",
    "open_inventory",
    "open_quarantine",
    "open_queue_listing",
    "open_retry",
    "open_secrets",
    "open_watch",
    "operators_clients",
    "quarantine_there",
    "replay_events",
    "retry_there",
    "stage_url",
]

_CONNECT_SECONDS = 5.0
_ACCEPTING_SECONDS = 40.0
"""Seconds to wait for a retry by the validator: more than its time limit with a cold start, so that it is invoked only once."""


@record
class Environment:
    """A deployed environment for operators' commands. ``dead_letters`` handles the queues that hookline.toml declares."""

    events: EventStore
    dead_letters: Callable[[Sequence[Queue]], DeadLetters]
    dispatcher: Dispatcher
    audit: AuditLog
    replays: Replays


@contextmanager
def open_environment(
    environment: str, *, event_retention: timedelta | EventRetention = DEFAULT_EVENT_RETENTION
) -> Iterator[Environment]:
    """Open a deployed environment with the operator's credentials. Raises OperatorError with a code for what is missing.

    ``event_retention`` is the configuration's, for a command that stores events.
    """
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.audit import DynamoAuditLog
        from hookline.adapters.aws.bodies import S3Bodies
        from hookline.adapters.aws.dead_letters import SqsDeadLetters
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.dispatcher import LambdaDispatcher
        from hookline.adapters.aws.queues import SqsQueues
        from hookline.adapters.aws.replays import DynamoReplays
        from hookline.adapters.local import SystemClock

        deployed = read_deployment(clients.invoker(), environment)
        dispatcher = LambdaDispatcher(clients.invoker, function=deployed.router)
        at, prefix = environment, deployed.queue_url_prefix
        yield Environment(
            events=event_store(clients, deployed, event_retention=event_retention),
            dead_letters=lambda queues: SqsDeadLetters(
                SqsQueues(clients.sqs, queues=queues, environment=at, url_prefix=prefix),
                clock=SystemClock(),
                resubmit=dispatcher.resubmit,
            ),
            dispatcher=dispatcher,
            audit=DynamoAuditLog(clients.dynamodb, table=deployed.table),
            replays=DynamoReplays(
                clients.dynamodb,
                table=deployed.table,
                bodies=S3Bodies(clients.s3, bucket=deployed.bucket),
                clock=SystemClock(),
            ),
        )


@contextmanager
def open_intake(environment: str, config: Config) -> Iterator[Intake]:
    """The reader and store of an environment's events, with the operator's own rights. Raises as ``open_environment`` does."""
    from hookline.pipeline.backfill import Intake, hand_to_router

    with open_environment(environment, event_retention=config.retention) as deployed:
        yield Intake(
            known=lambda event_id: deployed.events.get(event_id) is not None,
            take=hand_to_router(deployed.events, deployed.dispatcher),
            audit=deployed.audit,
        )


@contextmanager
def open_audit(environment: str) -> Iterator[AuditLog]:
    """The audit log of a deployed environment. Raises as ``open_environment`` does."""
    with open_environment(environment) as deployed:
        yield deployed.audit


def replay_events(
    environment: str, config: Config | None, event_ids: Sequence[str], *, run: Run, keep_letters: bool
) -> tuple[list[Replayed], LettersRemoved]:
    """Replay events by their ids: reopen them and send them to the deployed router.

    Their dead letters on the queues of ``config`` are removed, unless they are to be kept.
    """
    from hookline.pipeline.replay import hand_over, noted_replay
    from hookline.pipeline.replayed_letters import LettersRemoved, remove_letters
    from hookline.pipeline.route import Router

    ids = [*dict.fromkeys(event_ids)]
    with open_environment(environment) as deployed:
        with noted_replay(deployed.audit, run, ids) as note:
            results = hand_over(ids, deployed.events, deployed.dispatcher, replay_id=run.id)
            note.affected = sum(one.fault is None for one in results)
        if keep_letters or config is None:
            return results, LettersRemoved(is_unsure=not keep_letters)
        router = Router(with_wanted_canary(config).routes)
        stored = (deployed.events.get(one.event_id) for one in results if one.fault is None)
        through = {one.event.id: router.route(one.event).queues for one in stored if one is not None}
        return results, remove_letters(deployed.dead_letters(config.queues), through)


def foresee_replay(environment: str, config: Config | None, event_ids: Sequence[str]) -> list[Replayed]:
    """The plan of a replay of these events, with the queues of ``config`` if it is given; nothing is changed."""
    from hookline.pipeline.replay import foreseen
    from hookline.pipeline.route import router_of

    router = None if config is None else router_of(with_wanted_canary(config))
    with open_environment(environment) as deployed:
        return [foreseen(event_id, deployed.events, router) for event_id in dict.fromkeys(event_ids)]


@contextmanager
def open_bulk_replay(environment: str, config: Config) -> Iterator[BulkReplay]:
    """Replays in a deployed environment: planned with ``config``, routed by the deployed router. Raises as ``open_environment`` does."""
    from hookline.pipeline.bulk_replay import BulkReplay, hand_to_router
    from hookline.pipeline.route import router_of

    config = with_wanted_canary(config)
    with open_environment(environment) as deployed:
        yield BulkReplay(
            replays=deployed.replays,
            audit=deployed.audit,
            router=router_of(config),
            deliver=hand_to_router(deployed.dispatcher),
            known_queues={queue.name for queue in config.queues},
        )


@contextmanager
def open_watch(environment: str) -> Iterator[Watch]:
    """The watch for new events of an environment. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.function_log import FunctionLog
        from hookline.adapters.aws.watch import DynamoWatch
        from hookline.adapters.local import SystemClock

        deployed, clock = read_deployment(clients.invoker(), environment), SystemClock()
        yield DynamoWatch(
            clients.dynamodb,
            table=deployed.table,
            events=event_store(clients, deployed),
            refusals=FunctionLog(clients.logs, group=names.log_group(names.validator(environment)), clock=clock),
            clock=clock,
        )


@contextmanager
def open_quarantine(environment: str) -> Iterator[Quarantine]:
    """The rejected requests of an environment. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.deployment import read_deployment

        read_deployment(clients.invoker(), environment)
        yield quarantine_there(clients, environment)


@contextmanager
def open_retry(environment: str, *, accept_ambiguous: bool) -> Iterator[tuple[Retry, AuditLog]]:
    """The retry of rejected requests by the validator, with the audit log. Raises OperatorError as ``open_environment`` does.

    The deployed configuration and secrets are used; the caller needs neither.
    """
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.audit import DynamoAuditLog
        from hookline.adapters.aws.deployment import read_deployment

        deployed = read_deployment(clients.invoker(), environment)
        retry = retry_there(clients, environment, accept_ambiguous=accept_ambiguous)
        yield retry, DynamoAuditLog(clients.dynamodb, table=deployed.table)


def retry_there(clients: Clients, environment: str, *, accept_ambiguous: bool) -> Retry:
    """The retry of rejected requests by the environment's validator."""
    from hookline.adapters.aws.acceptor import LambdaAcceptor
    from hookline.pipeline.retry import Retry

    once = clients.once("lambda", connect=_CONNECT_SECONDS, read=_ACCEPTING_SECONDS)
    return Retry(
        quarantine=quarantine_there(clients, environment),
        acceptor=LambdaAcceptor(once, function=names.validator(environment)),
        accept_ambiguous=accept_ambiguous,
    )


def kept_with_secrets(environment: str, config: Config, number: int) -> tuple[RejectedRequest, dict[str, bytes]]:
    """The rejected request of this number, and the existing secrets of ``config``. Raises NotFoundError."""
    from hookline.adapters.aws.secrets import AwsSecrets
    from hookline.adapters.local import SystemClock
    from hookline.pipeline.retry import kept_request

    with operators_clients(environment) as clients:
        kept = kept_request(quarantine_there(clients, environment), number).rejected
        wanted = config.secret_names
        secrets = AwsSecrets(clients, environment=environment, clock=SystemClock(), may_be_missing=wanted)
        return kept, {secret.name: secret.value for secret in secrets.read(wanted)}


def quarantine_there(clients: Clients, environment: str) -> DynamoQuarantine:
    """The environment's rejected requests, to read and delete; bounds do not matter, because none is stored through this."""
    from hookline.adapters.aws.quarantine import DynamoQuarantine
    from hookline.adapters.local import SystemClock
    from hookline.domain.quarantine import QuarantineBounds

    return DynamoQuarantine(
        clients.dynamodb, table=names.rejected_table(environment), bounds=QuarantineBounds(), clock=SystemClock()
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
    """The store of an environment's secrets; it need not be deployed yet. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.secret_store import SecretStore

        yield SecretStore(clients, environment=environment)


@contextmanager
def open_arming(environment: str) -> Iterator[Arming]:
    """The store that arms an environment's sources. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.handshake_secrets import SsmHandshakeSecrets
        from hookline.adapters.local import SystemClock

        yield SsmHandshakeSecrets(clients, environment=environment, clock=SystemClock())


@contextmanager
def open_audited_arming(environment: str) -> Iterator[tuple[Arming, AuditLog]]:
    """The store that arms an environment's sources, and the audit log. Raises OperatorError as ``open_environment`` does."""
    with operators_clients(environment) as clients:
        from hookline.adapters.aws.audit import DynamoAuditLog
        from hookline.adapters.aws.deployment import read_deployment
        from hookline.adapters.aws.handshake_secrets import SsmHandshakeSecrets
        from hookline.adapters.local import SystemClock

        table = read_deployment(clients.invoker(), environment).table
        arming = SsmHandshakeSecrets(clients, environment=environment, clock=SystemClock())
        yield arming, DynamoAuditLog(clients.dynamodb, table=table)


@contextmanager
def operators_clients(environment: str) -> Iterator[Clients]:
    """AWS's clients with the operator's credentials. Raises OperatorError with a code for what is missing."""
    if not names.is_environment(environment):
        raise OperatorError("environment_unknown", names.ENVIRONMENT_RULE)
    try:
        from hookline.adapters.aws.clients import Clients
        from hookline.adapters.aws.operator_errors import as_operator_errors
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "botocore":
            raise
        raise OperatorError("aws_sdk_missing", "this command calls AWS with botocore, which is not installed") from None
    with as_operator_errors(), Clients(operator_region()) as clients:
        yield clients


def stage_url(api_endpoint: str | None, config: Config) -> str | None:
    """The stage's URL, from the stack's output with a source's path at its end; None for None."""
    if api_endpoint is None:
        return None
    url = api_endpoint.rstrip("/")
    return next((url.removesuffix(one.path) for one in config.sources if url.endswith(one.path)), url)


def event_store(
    clients: Clients, deployed: Deployment, *, event_retention: timedelta | EventRetention = DEFAULT_EVENT_RETENTION
) -> DynamoEventStore:
    """The event store of an environment, with the default retention, which matters only to code that delivers."""
    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.event_store import DynamoEventStore
    from hookline.adapters.local import SystemClock

    return DynamoEventStore(
        clients.dynamodb,
        table=deployed.table,
        bodies=S3Bodies(clients.s3, bucket=deployed.bucket),
        clock=SystemClock(),
        event_retention=event_retention,
    )


def message_text(clients: Clients, deployed: Deployment) -> Callable[[Delivery], str]:
    """A function that gives a message's text with its body, even where only the bucket still has the body."""
    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.referred_bodies import referred_body
    from hookline.adapters.aws.table import Table
    from hookline.pipeline.forward_request import whole_text

    bodies, table = S3Bodies(clients.s3, bucket=deployed.bucket), Table(clients.dynamodb, deployed.table)
    return partial(whole_text, event_store(clients, deployed), referred=partial(referred_body, bodies, table))
