"""Creates the functions. Each imports only its own adapters, because a cold start waits for every module."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.adapters.aws.telemetry import EmfTelemetry
from hookline.errors import Complaint, ConfigError
from hookline.runtimes.aws_lambda.settings import (
    environment_name,
    read_recoverer,
    read_router,
    read_validator,
    starts_from_snapshot,
)
from hookline.runtimes.aws_lambda.snapshots import reseed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.event_store import DynamoEventStore
    from hookline.adapters.aws.outbox import DynamoOutbox
    from hookline.adapters.aws.quarantine import DynamoQuarantine
    from hookline.adapters.aws.secrets import AwsSecrets
    from hookline.adapters.local.confirmations import HttpsConfirmations
    from hookline.adapters.local.keys import HttpsKeys
    from hookline.config import Config
    from hookline.domain.quarantine import RejectedRequest
    from hookline.pipeline.route import Router
    from hookline.ports.clock import Clock
    from hookline.ports.handshake_secrets import HandshakeSecrets
    from hookline.ports.quarantine import BudgetedQuarantine
    from hookline.runtimes.aws_lambda.context import Context
    from hookline.runtimes.aws_lambda.fifo_delivery import FifoDelivery
    from hookline.runtimes.aws_lambda.quarantine import QuarantineWriter
    from hookline.runtimes.aws_lambda.records import RouterRecords
    from hookline.runtimes.aws_lambda.recoverer import Recoverer
    from hookline.runtimes.aws_lambda.router import EventRouter
    from hookline.runtimes.aws_lambda.settings import RecovererSettings, RouterSettings, ValidatorSettings
    from hookline.runtimes.aws_lambda.validator import Validator

__all__ = [
    "open_recoverer",
    "open_router",
    "open_validator",
    "start_again",
    "telemetry_of",
    "try_again",
]

_ANSWERING_SECONDS = 0.5
_KEEPING_SECONDS = 0.5
"""Seconds for each call that stores a rejected request. The answer waits for a shorter time."""
_OPENING_SECONDS = 5.0
"""Seconds for reading the secrets at the start: Lambda's start phase has ten seconds for everything."""


def open_validator() -> Validator:
    """The validator, with its clients created and its secrets read. Raises ConfigError when the environment or hookline.toml is not valid.

    If Lambda saves the process as a snapshot, no secret is read here: ``start_again`` reads them.
    """
    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.dispatcher import LambdaDispatcher
    from hookline.adapters.aws.pauses import DynamoPauses
    from hookline.adapters.aws.secrets import AwsSecrets
    from hookline.adapters.local import FreezableClock
    from hookline.adapters.local.url_fetcher import HttpsUrlFetcher
    from hookline.pipeline.handshake import HandshakeEffects
    from hookline.runtimes.aws_lambda.source_pauses import SourcePauses
    from hookline.runtimes.aws_lambda.validator import Validator

    settings = read_validator()
    config = _project(settings)
    clients, clock = Clients(is_saved=starts_from_snapshot()), FreezableClock()
    secrets = AwsSecrets(clients, environment=settings.environment, clock=clock, may_be_missing=config.learned_names)
    left = _time_for_senders(clients)
    pauses = SourcePauses(DynamoPauses(clients.dynamodb(), table=settings.table), clock)
    keys, confirmations = _keys(config, clock, left), _confirmations(config, left)
    validator = Validator(
        config=config,
        secrets=secrets,
        store=_store(config, clients, clock, settings),
        dispatcher=LambdaDispatcher(clients.invoker(), function=settings.router),
        telemetry=telemetry_of("validator"),
        clock=clock,
        begin_deadline=clients.deadline.start,
        effects=HandshakeEffects(
            handshake_secrets=_handshake_secrets(config, clients, clock, secrets, settings.environment),
            url_fetcher=HttpsUrlFetcher(seconds_left=left),
        ),
        pauses=pauses,
        keys=keys,
        confirmations=confirmations,
        fifo=_fifo_delivery(config, clients, clock, settings),
        keep=_keeper(config, clients, clock, secrets, settings.environment),
        forgetful=[one for one in (clock, secrets, pauses, keys, confirmations, clients) if one is not None],
    )
    if starts_from_snapshot():
        _bring_along(clients, config)
    else:
        validator.read_ahead(_OPENING_SECONDS)
    return validator


def _time_for_senders(clients: Clients) -> Callable[[], float | None]:
    def left() -> float | None:
        """Seconds for a call to a sender's host, which leave time to make and send the answer."""
        seconds = clients.deadline.left()
        return None if seconds is None else seconds - _ANSWERING_SECONDS

    return left


def _store(config: Config, clients: Clients, clock: Clock, settings: ValidatorSettings) -> DynamoEventStore:
    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.event_store import DynamoEventStore

    return DynamoEventStore(
        clients.dynamodb(),
        table=settings.table,
        bodies=S3Bodies(clients.s3, bucket=settings.bucket),
        clock=clock,
        event_retention=config.retention,
    )


def _bring_along(clients: Clients, config: Config) -> None:
    """Create what a cold start leaves for later: no sender waits for a snapshot, but senders would wait for it after the restore."""
    import hookline.adapters.aws.quarantine
    import hookline.runtimes.aws_lambda.quarantine  # noqa: F401 -- for the first request that is refused
    from hookline.adapters.aws.secrets import MANAGED

    clients.ssm()
    clients.s3()
    if any(name.startswith(MANAGED) for name in config.secret_names):
        clients.secretsmanager()


def start_again(validator: Validator) -> None:
    """Continue from a snapshot in a restored process. It raises nothing."""
    reseed()
    validator.forget()
    with suppress(Exception):  # the first request gets the same fault and reports it
        validator.read_ahead(_OPENING_SECONDS)


def _project(settings: RouterSettings | ValidatorSettings) -> Config:
    """The deployed project, with the canary where the environment has it."""
    from hookline.config import load

    config = load(settings.config)
    if not settings.has_canary:
        return config
    from hookline.config.canary import with_canary

    return with_canary(config)


def _handshake_secrets(
    config: Config, clients: Clients, clock: Clock, secrets: AwsSecrets, environment: str
) -> HandshakeSecrets:
    """The store for arriving secrets, in a project whose senders bring any: other functions have no right to store one."""
    if not config.learned_names:
        from hookline.adapters.local.handshake_secrets import NoHandshakeSecrets

        return NoHandshakeSecrets()
    from hookline.adapters.aws.handshake_secrets import SsmHandshakeSecrets

    return SsmHandshakeSecrets(clients, environment=environment, clock=clock, on_kept=secrets.learn)


def _keys(config: Config, clock: Clock, seconds_left: Callable[[], float | None]) -> HttpsKeys | None:
    """The fetcher of senders' public keys, in a project with such senders."""
    from hookline.pipeline.public_keys import needs_key

    if not any(needs_key(source) for source in config.sources):
        return None
    keys: type[HttpsKeys] = import_module(
        names.KEYS_MODULE
    ).HttpsKeys  # imported by name: only archives of such projects have the module
    return keys(clock, seconds_left=seconds_left)


def _confirmations(config: Config, seconds_left: Callable[[], float | None]) -> HttpsConfirmations | None:
    """The service that lets senders confirm calls, in a project that needs it."""
    if not any(source.confirmation for source in config.sources):
        return None
    from hookline.adapters.local.confirmations import HttpsConfirmations

    return HttpsConfirmations(seconds_left=seconds_left)


def _keeper(
    config: Config, clients: Clients, clock: Clock, secrets: AwsSecrets, environment: str
) -> Callable[[RejectedRequest], Mapping[str, object]]:
    """The store of rejected requests. It is created for the first of them, so that a cold start does not wait for its modules."""
    writer: QuarantineWriter | None = None

    def open_quarantine() -> BudgetedQuarantine:
        from hookline.adapters.aws.quarantine import DynamoQuarantine

        return DynamoQuarantine(
            clients.once("dynamodb", connect=_KEEPING_SECONDS, read=_KEEPING_SECONDS),
            table=names.rejected_table(environment),
            bounds=config.quarantine,
            clock=clock,
        )

    def keep(rejected: RejectedRequest) -> Mapping[str, object]:
        nonlocal writer
        if config.quarantine.keeps_nothing:
            return {}
        if writer is None:
            from hookline.runtimes.aws_lambda.quarantine import QuarantineWriter

            writer = QuarantineWriter(
                open_quarantine, config, secret_values=lambda: secrets.at_hand(config.secret_names)
            )
        return writer.keep(rejected)

    return keep


def _fifo_delivery(config: Config, clients: Clients, clock: Clock, settings: ValidatorSettings) -> FifoDelivery | None:
    """The service that puts events on FIFO queues, in a project with any: other validators have no right to send."""
    if all(queue.fifo is None for queue in config.queues):
        return None
    from hookline.pipeline.route import router_of
    from hookline.runtimes.aws_lambda.fifo_delivery import FifoDelivery

    if not settings.queue_url_prefix:
        raise ConfigError([Complaint(where=names.VAR_QUEUE_URL_PREFIX, why="is not set, and a queue is FIFO")])
    return FifoDelivery(router=router_of(config), outbox=_delivering_outbox(config, clients, clock, settings))


def _delivering_outbox(
    config: Config, clients: Clients, clock: Clock, settings: RouterSettings | ValidatorSettings
) -> DynamoOutbox:
    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.outbox import DynamoOutbox
    from hookline.adapters.aws.queues import SqsQueues

    return DynamoOutbox(
        clients.dynamodb(),
        table=settings.table,
        bodies=S3Bodies(clients.s3, bucket=settings.bucket),
        queues=SqsQueues(
            clients.sqs(),
            queues=config.queues,
            environment=settings.environment,
            url_prefix=settings.queue_url_prefix,
        ),
        clock=clock,
        event_retention=config.retention,
    )


def try_again(validator: Validator, event: Mapping[str, object], context: Context) -> dict[str, object] | None:
    """The answer to an operator's retry of a rejected request; None for a sender's call, which must not wait for these modules."""
    if "httpMethod" in event:
        return None
    from hookline.domain.retry_invocation import RETRY_KEY
    from hookline.runtimes.aws_lambda.retry import retried

    return retried(validator, event, context) if RETRY_KEY in event else None


def open_router() -> EventRouter:
    """The router. Raises ConfigError as ``open_validator`` does."""
    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.event_store import DynamoEventStore
    from hookline.adapters.local import FreezableClock
    from hookline.pipeline.route import router_of
    from hookline.runtimes.aws_lambda.router import EventRouter

    settings = read_router()
    config = _project(settings)
    clients, clock = Clients(), FreezableClock()
    outbox, router = _delivering_outbox(config, clients, clock, settings), router_of(config)
    return EventRouter(
        store=DynamoEventStore(
            clients.dynamodb(),
            table=settings.table,
            bodies=S3Bodies(clients.s3, bucket=settings.bucket),
            clock=clock,
            event_retention=config.retention,
        ),
        outbox=outbox,
        router=router,
        records=_records(config, clients, clock, settings, outbox, router),
        telemetry=telemetry_of("router"),
        clock=clock,
    )


def _records(
    config: Config, clients: Clients, clock: Clock, settings: RouterSettings, outbox: DynamoOutbox, router: Router
) -> Callable[[], RouterRecords] | None:
    """The part that completes events, in a project that fetches records: only its archive has it. It is imported at the first use."""
    if not config.fetch_secret_names:
        return None
    return lru_cache(maxsize=1)(
        lambda: import_module(names.RECORDS_MODULE).records_of(config, clients, clock, settings, outbox, router)
    )


def open_recoverer() -> Recoverer:
    """The recoverer. Raises ConfigError when the environment is not valid; hookline.toml is read later, for rejected requests only."""
    from hookline.adapters.aws.bodies import UntouchedBodies
    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.dispatcher import LambdaDispatcher
    from hookline.adapters.aws.held_events import DynamoHeldEvents
    from hookline.adapters.aws.outbox import DynamoOutbox
    from hookline.adapters.aws.pauses import DynamoPauses
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
            event_retention=DEFAULT_EVENT_RETENTION,  # it delivers no event, so the retention is not used
        ),
        dispatcher=LambdaDispatcher(clients.invoker(), function=settings.router),
        pauses=DynamoPauses(clients.dynamodb, table=settings.table),
        held=DynamoHeldEvents(clients.dynamodb, table=settings.table, clock=clock),
        sweep=_sweep(clients, clock, settings),
        telemetry=telemetry_of("recoverer"),
        clock=clock,
    )


def _sweep(clients: Clients, clock: Clock, settings: RecovererSettings) -> Callable[[int], int]:
    """The function that removes rejected requests above the bounds. It reads hookline.toml at the first removal."""
    quarantine: DynamoQuarantine | None = None

    def sweep(limit: int) -> int:
        nonlocal quarantine
        if quarantine is None:
            from hookline.adapters.aws.quarantine import DynamoQuarantine
            from hookline.config import load

            quarantine = DynamoQuarantine(
                clients.dynamodb,
                table=names.rejected_table(settings.environment),
                bounds=load(settings.config).quarantine,
                clock=clock,
            )
        return quarantine.sweep_what_is_new(limit=limit)

    return sweep


def telemetry_of(function: str) -> EmfTelemetry:
    """The telemetry of a function, even if its settings are not valid."""
    environment = environment_name()
    known = {
        "validator": names.validator,
        "router": names.router,
        "recoverer": names.recoverer,
        "canary": names.canary,
    }
    return EmfTelemetry(environment=environment, function=known[function](environment))
