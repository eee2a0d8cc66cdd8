"""Every backend as one thing to test, and how to start it again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from contract.aws import BUCKET, ENVIRONMENT, REJECTED, TABLE, AwsClock, create_resources, shared_cloud, standing_on
from contract.builders import EVENT_RETENTION, KEEP_BUDGET, QUARANTINE, QUEUES, RETENTION, START
from hookline.adapters.aws import names
from hookline.adapters.aws.audit import DynamoAuditLog
from hookline.adapters.aws.bodies import S3Bodies
from hookline.adapters.aws.dead_letters import SqsDeadLetters
from hookline.adapters.aws.erasures import DynamoErasures
from hookline.adapters.aws.event_store import DynamoEventStore
from hookline.adapters.aws.function_log import FunctionLog
from hookline.adapters.aws.held_events import DynamoHeldEvents
from hookline.adapters.aws.inventory import SqsInventory
from hookline.adapters.aws.items import FIRST_ASK
from hookline.adapters.aws.move_tasks import SqsMoveTasks
from hookline.adapters.aws.outbox import DynamoOutbox
from hookline.adapters.aws.pauses import DynamoPauses
from hookline.adapters.aws.quarantine import DynamoQuarantine
from hookline.adapters.aws.queue_gates import QueueGates
from hookline.adapters.aws.queue_listing import SqsQueueListing
from hookline.adapters.aws.queue_moves import SqsQueueMoves
from hookline.adapters.aws.queues import SqsQueues
from hookline.adapters.aws.replays import DynamoReplays
from hookline.adapters.aws.storage_counts import DynamoStorageCounts
from hookline.adapters.aws.watch import DynamoWatch
from hookline.adapters.memory.alert_states import MemoryAlertStates
from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.dead_letters import MemoryDeadLetters
from hookline.adapters.memory.erasures import MemoryErasures
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
from hookline.adapters.memory.held_events import MemoryHeldEvents
from hookline.adapters.memory.inventory import MemoryInventory
from hookline.adapters.memory.key_uses import MemoryKeyUses
from hookline.adapters.memory.message_places import MemoryMessagePlaces
from hookline.adapters.memory.move_tasks import MemoryMoveTasks
from hookline.adapters.memory.outbox import MemoryOutbox
from hookline.adapters.memory.pauses import MemoryPauses
from hookline.adapters.memory.quarantine import MemoryQuarantine
from hookline.adapters.memory.queue_listing import MemoryQueueListing
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.replays import MemoryReplays
from hookline.adapters.memory.retention import MemoryRetention
from hookline.adapters.memory.routed_store import MemoryRoutedStore
from hookline.adapters.memory.state import MemoryState
from hookline.adapters.memory.storage_counts import MemoryStorageCounts
from hookline.adapters.memory.watch import MemoryWatch
from hookline.adapters.sqlite import (
    Database,
    Sealing,
    SqliteAlertStates,
    SqliteAuditLog,
    SqliteDeadLetters,
    SqliteErasures,
    SqliteEventStore,
    SqliteHandshakeSecrets,
    SqliteHeldEvents,
    SqliteIndexUpkeep,
    SqliteInventory,
    SqliteKeyUses,
    SqliteMessagePlaces,
    SqliteMoveTasks,
    SqliteOutbox,
    SqlitePauses,
    SqliteQuarantine,
    SqliteQueueListing,
    SqliteQueues,
    SqliteReplays,
    SqliteRetention,
    SqliteRoutedStore,
    SqliteStorageCounts,
    SqliteWaitingCounts,
    SqliteWatch,
    StorageKey,
    Tuning,
)
from hookline.domain.event import Status
from hookline.ports.queues import Depth, ReceiptResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from contract.aws import Cloud
    from emulator.server import Emulator
    from hookline.adapters.aws.clients import Clients
    from hookline.domain.event import Outcome
    from hookline.domain.message import Delivery
    from hookline.domain.queue import Queue
    from hookline.domain.route import RoutedEvent
    from hookline.ports.alert_states import AlertStates
    from hookline.ports.audit import AuditLog
    from hookline.ports.dead_letters import DeadLetters
    from hookline.ports.event_store import EventStore, StoredEvent
    from hookline.ports.held_events import HeldEvents
    from hookline.ports.inventory import Inventory
    from hookline.ports.key_uses import KeyUses
    from hookline.ports.message_places import MessagePlaces
    from hookline.ports.move_tasks import MoveTask, MoveTasks, WorkedMoveTasks
    from hookline.ports.outbox import Outbox, RecordOutbox
    from hookline.ports.pauses import Pauses
    from hookline.ports.quarantine import Quarantine
    from hookline.ports.queue_listing import QueueListing
    from hookline.ports.queues import QueueMoves, Queues
    from hookline.ports.replays import Replays
    from hookline.ports.retention import Retention
    from hookline.ports.routed_store import Batch, RoutedStore
    from hookline.ports.storage_counts import StorageCounts
    from hookline.ports.watch import Watch

__all__ = [
    "LOCAL_OPENERS",
    "OPENERS",
    "TURN_TIMEOUT",
    "AwsHome",
    "Home",
    "LocalHome",
    "LocalOpener",
    "Opener",
    "open_aws",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

STORAGE_KEY = StorageKey(name="STORAGE_KEY", value=bytes(range(32)))

TURN_TIMEOUT = timedelta(seconds=2)
"""How long a writer waits for its turn: long for a test, short for the people who wait for the tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A backend with the ports that all of them have.

    ``watch`` begins to look for what comes. ``restart`` ends it and opens what it left behind; what memory keeps simply stays.
    Some record time more coarsely than a clock does: when a message was sent or received in steps of ``message_times``, when an event
    expires in steps of ``expiry_times``.
    ``first_ask`` is how long after its receipt an event's sender is asked for its record by the part that looks for what is due.
    ``deleted_late`` is the answer to a delete of a message that is gone: SQS does not say that it did nothing.
    """

    events: EventStore
    outbox: Outbox
    queues: Queues
    inventory: Inventory
    audit: AuditLog
    dead_letters: DeadLetters
    pauses: Pauses
    held_events: HeldEvents
    replays: Replays
    erasures: MemoryErasures | SqliteErasures | DynamoErasures
    queue_listing: QueueListing
    quarantine: Quarantine
    storage_counts: StorageCounts
    moves: MoveTasks
    queue_moves: QueueMoves
    watch: Callable[[], Watch]
    clock: MemoryClock
    restart: Callable[[], Home]
    message_times: timedelta = MICROSECOND
    expiry_times: timedelta = MICROSECOND
    reports_ages: bool = True
    keeps_failures: bool = True
    first_ask: timedelta = timedelta(0)
    deleted_late: ReceiptResult = ReceiptResult.GONE

    @property
    def records(self) -> RecordOutbox:
        """The outbox for those who fetch records."""
        return self.outbox  # type: ignore[return-value]  # every backend's outbox is both

    def keep(self, *items: RoutedEvent) -> list[Outcome]:
        """Store events, and bring them to their queues."""
        outcomes = self.events.add([replace(item.event, status=Status.RECEIVED) for item in items])
        self.outbox.deliver([item for item in items if item.status is not Status.RECEIVED])
        return outcomes

    def stored(self, event_id: str) -> StoredEvent:
        """The event, which must be known."""
        found = self.events.get(event_id)
        assert found is not None
        return found

    def take(self, queue: str = "payments", *, hide: timedelta | None = None) -> Delivery:
        """Receive one message, which must be there."""
        (delivery,) = self.queues.receive(queue, visibility_timeout=hide)
        return delivery

    def standing(self, queue: str = "payments") -> Sequence[str]:
        """The event ids of the messages on a queue, none of which is touched."""
        raise NotImplementedError

    def put_off(self, event_id: str, *, until: datetime, reason: str) -> None:
        """Leave an event that waits as a failed attempt does: counted, with its reason, and not due before ``until``."""
        raise NotImplementedError

    def work(self, task: MoveTask, *, limit: int) -> None:
        """Let a move task move up to ``limit`` messages; it ends with the step that finds less."""
        raise NotImplementedError

    def recorded(self, moment: datetime) -> datetime:
        """``moment`` as this home records a message's times: no later than it was."""
        return moment - (moment - EPOCH) % self.message_times

    def expiry(self, delivered_at: datetime) -> datetime:
        """When an event that is delivered at ``delivered_at`` expires here: never early."""
        end = delivered_at + EVENT_RETENTION
        return end + -(end - EPOCH) % self.expiry_times

    def outlive(self, delivered_at: datetime) -> None:
        """Let time pass to the very moment when an event expires that was delivered at ``delivered_at``."""
        self.clock.advance(self.expiry(delivered_at) - self.clock.steady())

    def depth(
        self, *, visible: int = 0, in_flight: int = 0, oldest_age: float | None = None, delayed: int = 0
    ) -> Depth:
        """A depth as this home reports it."""
        age = oldest_age if self.reports_ages else None
        return Depth(visible=visible, in_flight=in_flight, oldest_age=age, delayed=delayed)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHome(Home):
    """A backend that also stores events with their messages, forgets on its own, and lets people look at its queues."""

    restart: Callable[[], LocalHome]
    outbox: MemoryOutbox | SqliteOutbox
    declare: Callable[[Sequence[Queue]], None]
    queues: MemoryQueues | SqliteQueues
    moves: WorkedMoveTasks
    routed: RoutedStore
    retention: Retention
    handshake_secrets: MemoryHandshakeSecrets | SqliteHandshakeSecrets
    key_uses: KeyUses
    alert_states: AlertStates
    message_places: MessagePlaces
    upkeep: Callable[[], None] = lambda: None

    def stage(self, *items: RoutedEvent) -> Batch:
        """Stage, where nobody else has the turn."""
        batch = self.routed.stage(items)
        assert batch is not None
        return batch

    def keep(self, *items: RoutedEvent) -> list[Outcome]:
        """Stage and commit."""
        batch = self.stage(*items)
        batch.commit()
        return list(batch.outcomes)

    def standing(self, queue: str = "payments") -> Sequence[str]:
        """The event ids of the messages on a queue."""
        return [delivery.event_id for delivery in self.queues.peek(queue, limit=100)]

    def put_off(self, event_id: str, *, until: datetime, reason: str) -> None:
        """As the keeper does it."""
        self.outbox.defer(event_id, until=until, reason=reason)

    def work(self, task: MoveTask, *, limit: int) -> None:
        """One step of the worker."""
        self.moves.advance(task, limit=limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsHome(Home):
    """The backend of the AWS home, over an emulator. It has no port that nothing deployed would use."""

    restart: Callable[[], AwsHome]
    events: DynamoEventStore
    outbox: DynamoOutbox
    queues: SqsQueues
    declared: Sequence[Queue]
    emulator: Emulator
    clients: Clients

    def standing(self, queue: str = "payments") -> Sequence[str]:
        """The event ids of the messages on a queue, by the emulator's own interface: SQS has none for this."""
        fifo = any(one.fifo for one in self.declared if queue in (one.name, one.dead_letter_name))
        return standing_on(self.emulator, queue, fifo=fifo)

    def put_off(self, event_id: str, *, until: datetime, reason: str) -> None:
        """As leases and refused attempts leave an item."""
        with suppress(ClientError):
            self.clients.dynamodb().update_item(
                TableName=TABLE,
                Key={names.TABLE_KEY: {"S": event_id}},
                UpdateExpression="SET next_at = :next, reason = :reason, attempts = if_not_exists(attempts, :none) + :one",
                ConditionExpression="#status = :received",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":next": {"N": str((until - EPOCH) // MICROSECOND)},
                    ":reason": {"S": reason},
                    ":none": {"N": "0"},
                    ":one": {"N": "1"},
                    ":received": {"S": Status.RECEIVED.value},
                },
            )

    def work(self, task: MoveTask, *, limit: int) -> None:  # noqa: ARG002 -- one task runs in these tests
        """One step of SQS's own worker."""
        self.emulator.move(limit=limit)


class Opener(Protocol):
    """Opens a backend with these queues in an empty folder; the stack closes it."""

    def __call__(self, folder: Path, stack: ExitStack, queues: Sequence[Queue] = QUEUES, /) -> Home: ...


class LocalOpener(Protocol):
    """The same for a backend of the embedded home."""

    def __call__(self, folder: Path, stack: ExitStack, queues: Sequence[Queue] = QUEUES, /) -> LocalHome: ...


def _memory(_folder: Path, _stack: ExitStack, queues: Sequence[Queue] = QUEUES) -> LocalHome:
    clock = MemoryClock(START)
    state = MemoryState(clock, queues, RETENTION, turn_timeout=TURN_TIMEOUT)

    def restart() -> LocalHome:
        return home

    quarantine, handshake_secrets = (
        MemoryQuarantine(state, QUARANTINE, budget=KEEP_BUDGET),
        MemoryHandshakeSecrets(clock),
    )
    memory_queues = MemoryQueues(state)
    home = LocalHome(
        events=MemoryEventStore(state),
        routed=MemoryRoutedStore(state),
        outbox=MemoryOutbox(state),
        queues=memory_queues,
        queue_moves=memory_queues,
        moves=MemoryMoveTasks(state),
        inventory=MemoryInventory(state, quarantine=quarantine, handshake_secrets=handshake_secrets),
        audit=MemoryAuditLog(state),
        dead_letters=MemoryDeadLetters(state),
        pauses=MemoryPauses(state),
        held_events=MemoryHeldEvents(state),
        replays=MemoryReplays(state),
        erasures=MemoryErasures(state),
        queue_listing=MemoryQueueListing(state),
        watch=lambda: MemoryWatch(state, quarantine=quarantine),
        declare=state.declare,
        retention=MemoryRetention(state),
        quarantine=quarantine,
        handshake_secrets=handshake_secrets,
        key_uses=MemoryKeyUses(),
        alert_states=MemoryAlertStates(),
        storage_counts=MemoryStorageCounts(state, quarantine=quarantine),
        message_places=MemoryMessagePlaces(state),
        clock=clock,
        restart=restart,
    )
    return home


def _sqlite(folder: Path, stack: ExitStack, queues: Sequence[Queue] = QUEUES) -> LocalHome:
    return _open_sqlite(folder / "hookline.db", stack, MemoryClock(START), queues)


def _sealed_sqlite(folder: Path, stack: ExitStack, queues: Sequence[Queue] = QUEUES) -> LocalHome:
    return _open_sqlite(folder / "hookline.db", stack, MemoryClock(START), queues, [STORAGE_KEY])


def _open_sqlite(
    path: Path, stack: ExitStack, clock: MemoryClock, queues: Sequence[Queue], keys: Sequence[StorageKey] = ()
) -> LocalHome:
    database = Database.open(
        path,
        clock=clock,
        queues=queues,
        event_retention=RETENTION,
        tuning=Tuning(write_timeout=TURN_TIMEOUT.total_seconds(), segment=2),
        sealing=Sealing(keys),
    )
    stack.callback(database.close)

    def restart() -> LocalHome:
        database.close()
        return _open_sqlite(path, stack, clock, queues, keys)

    def upkeep() -> None:
        SqliteWaitingCounts(database).advance()
        SqliteIndexUpkeep(database).advance()

    sqlite_queues = SqliteQueues(database)
    return LocalHome(
        events=SqliteEventStore(database),
        routed=SqliteRoutedStore(database),
        outbox=SqliteOutbox(database),
        queues=sqlite_queues,
        queue_moves=sqlite_queues,
        moves=SqliteMoveTasks(database),
        inventory=SqliteInventory(database),
        audit=SqliteAuditLog(database),
        dead_letters=SqliteDeadLetters(database),
        pauses=SqlitePauses(database),
        held_events=SqliteHeldEvents(database),
        replays=SqliteReplays(database),
        erasures=SqliteErasures(database),
        queue_listing=SqliteQueueListing(database),
        watch=lambda: SqliteWatch(database),
        declare=database.declare,
        retention=SqliteRetention(database),
        quarantine=SqliteQuarantine(database, QUARANTINE),
        handshake_secrets=SqliteHandshakeSecrets(database),
        key_uses=SqliteKeyUses(database),
        alert_states=SqliteAlertStates(database),
        storage_counts=SqliteStorageCounts(database),
        message_places=SqliteMessagePlaces(database),
        upkeep=upkeep,
        clock=clock,
        restart=restart,
    )


def open_aws(declared: Sequence[Queue] = QUEUES) -> AwsHome:
    """An empty AWS home with these queues, over the emulator that all tests of a run share."""
    cloud = shared_cloud()
    create_resources(cloud.emulator, declared)
    return _open_aws(cloud, AwsClock(START, cloud.emulator), declared)


def _open_aws(cloud: Cloud, clock: AwsClock, declared: Sequence[Queue]) -> AwsHome:
    clients, running = cloud.clients, cloud.emulator
    bodies = S3Bodies(clients.s3, bucket=BUCKET)
    quarantine = DynamoQuarantine(clients.dynamodb, table=REJECTED, bounds=QUARANTINE, clock=clock, budget=KEEP_BUDGET)
    queues = SqsQueues(clients.sqs, queues=declared, environment=ENVIRONMENT, url_prefix=running.queue_url(""))
    events = DynamoEventStore(clients.dynamodb, table=TABLE, bodies=bodies, clock=clock, event_retention=RETENTION)
    outbox = DynamoOutbox(
        clients.dynamodb, table=TABLE, bodies=bodies, queues=queues, clock=clock, event_retention=RETENTION
    )
    return AwsHome(
        events=events,
        outbox=outbox,
        queues=queues,
        inventory=SqsInventory(clients, environment=ENVIRONMENT, table=TABLE, clock=clock),
        audit=DynamoAuditLog(clients.dynamodb, table=TABLE),
        dead_letters=SqsDeadLetters(queues, clock=clock, resubmit=lambda _: None),
        pauses=DynamoPauses(
            clients.dynamodb,
            table=TABLE,
            gates=QueueGates(clients.sqs, environment=ENVIRONMENT, url_prefix=running.queue_url("")),
        ),
        held_events=DynamoHeldEvents(clients.dynamodb, table=TABLE, clock=clock),
        replays=DynamoReplays(clients.dynamodb, table=TABLE, bodies=bodies, clock=clock),
        erasures=DynamoErasures(
            clients.dynamodb, table=TABLE, bodies=bodies, clock=clock, event_retention=EVENT_RETENTION
        ),
        queue_listing=SqsQueueListing(clients, environment=ENVIRONMENT, clock=clock),
        quarantine=quarantine,
        storage_counts=DynamoStorageCounts(
            clients.dynamodb,
            table=TABLE,
            quarantine=quarantine,
            holding=lambda: ["transactions", "other", "quiet"],
            clock=clock,
            kept_for=timedelta(0),
        ),
        queue_moves=SqsQueueMoves(queues, clock=clock),
        moves=SqsMoveTasks(
            clients.sqs, queues=declared, environment=ENVIRONMENT, url_prefix=running.queue_url(""), clock=clock
        ),
        watch=lambda: DynamoWatch(
            clients.dynamodb,
            table=TABLE,
            events=events,
            refusals=FunctionLog(clients.logs, group=names.log_group(names.validator(ENVIRONMENT)), clock=clock),
            clock=clock,
        ),
        clock=clock,
        restart=lambda: _open_aws(cloud, clock, declared),
        message_times=timedelta(milliseconds=1),
        expiry_times=timedelta(seconds=1),
        first_ask=FIRST_ASK,
        reports_ages=False,
        keeps_failures=False,
        deleted_late=ReceiptResult.DONE,
        declared=declared,
        emulator=running,
        clients=clients,
    )


LOCAL_OPENERS: dict[str, LocalOpener] = {"memory": _memory, "sqlite": _sqlite, "sqlite-sealed": _sealed_sqlite}
OPENERS: dict[str, Opener] = {**LOCAL_OPENERS, "aws": lambda _folder, _stack, queues=QUEUES: open_aws(queues)}
