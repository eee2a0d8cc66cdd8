"""The AWS home over the memory backend: the same functions, with no AWS service below them."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO  # Any: proxy events are dictionaries with any JSON values

from hookline.adapters.aws.telemetry import EmfTelemetry
from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.dispatcher import MemoryDispatcher
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.fetches import MemoryFetches
from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
from hookline.adapters.memory.held_events import MemoryHeldEvents
from hookline.adapters.memory.outbox import MemoryOutbox
from hookline.adapters.memory.pauses import MemoryPauses
from hookline.adapters.memory.quarantine import MemoryQuarantine
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.state import MemoryState
from hookline.adapters.memory.telemetry import MemoryTelemetry
from hookline.adapters.memory.url_fetcher import MemoryUrlFetcher
from hookline.config import load
from hookline.pipeline.complete import Completer, chains_of
from hookline.pipeline.handshake import HandshakeEffects
from hookline.pipeline.route import router_of
from hookline.ports.event_store import LoadedEvents
from hookline.runtimes.aws_lambda.fifo_delivery import FifoDelivery
from hookline.runtimes.aws_lambda.quarantine import QuarantineWriter
from hookline.runtimes.aws_lambda.records import RouterRecords
from hookline.runtimes.aws_lambda.recoverer import Recoverer
from hookline.runtimes.aws_lambda.router import EventRouter
from hookline.runtimes.aws_lambda.source_pauses import SourcePauses
from hookline.runtimes.aws_lambda.validator import Validator
from hookline.testing import signed_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.config import Config
    from hookline.domain.event import Status
    from hookline.domain.quarantine import RejectedRequest
    from hookline.domain.request import Request
    from hookline.domain.route import RoutedEvent
    from hookline.errors import HooklineError, UnavailableError
    from hookline.ports.confirmations import Confirmations
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.event_store import EventStore, StoredEvent
    from hookline.ports.fetches import Fetches
    from hookline.ports.keys import Keys
    from hookline.ports.quarantine import BudgetedQuarantine
    from hookline.ports.telemetry import Telemetry

__all__ = [
    "AT",
    "INLINE_LIMIT",
    "PROJECT",
    "SECRET",
    "Home",
    "Invocation",
    "KeptSecrets",
    "MemoryAwsOutbox",
    "body_of",
    "proxy_event",
    "recorded",
]

PROJECT = Path(__file__).parents[3] / "examples" / "transactions" / "hookline.toml"
SECRET = b"whsec_RVhBTVBMRS1vbmx5LW5ldmVyLWluLXByb2R1Y3Rpb24h"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
"""The time when the recorded events were signed."""

INLINE_LIMIT = 4096
"""Smaller than the real one, so that a large body is still quick to make."""

_RECORDED = Path(__file__).parent / "events"


def recorded(name: str) -> dict[str, Any]:
    """A proxy event as API Gateway sends it."""
    event: dict[str, Any] = json.loads((_RECORDED / f"{name}.json").read_text())
    return event


def proxy_event(request: Request, **changes: Any) -> dict[str, Any]:
    """A proxy event that carries ``request``."""
    event = copy.deepcopy(recorded("nothing"))
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        headers.setdefault(name, []).append(value)
    return event | {
        "resource": request.path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "body": request.body.decode(),
        **changes,
    }


def body_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The document in an answer."""
    document: dict[str, Any] = json.loads(answer["body"])
    return document


@dataclass
class Invocation:
    """What Lambda says about an invocation; each look at the time takes ``step`` of it."""

    aws_request_id: str = "0f6ee1a2-5d2b-4d9e-9f3e-3a1f0e7c9b11"
    left: int = 60_000
    step: int = 0

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds that are left."""
        left = self.left
        self.left -= self.step
        return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """An event that this run has to pass on."""

    event_id: str
    since: datetime


class Loader:
    """Reads several events in one call; ``faults`` keep single events from being read, ``down`` keeps all of them."""

    def __init__(self, events: MemoryEventStore) -> None:
        self._events = events
        self.faults: dict[str, HooklineError] = {}
        self.down: UnavailableError | None = None
        self.asked: list[int] = []

    def load(self, event_ids: Sequence[str]) -> LoadedEvents:
        """Those that are known and can be read."""
        self.asked.append(len(event_ids))
        if self.down is not None:
            raise self.down
        found = [self._events.get(event_id) for event_id in event_ids if event_id not in self.faults]
        faults = {event_id: self.faults[event_id] for event_id in event_ids if event_id in self.faults}
        return LoadedEvents(events=[stored for stored in found if stored is not None], faults=faults)


class MemoryAwsOutbox(MemoryOutbox):
    """The memory outbox, with the further methods of the router and the recoverer; ``refused`` is what queues answer to some events."""

    def __init__(self, state: MemoryState) -> None:
        super().__init__(state)
        self.lease_for = timedelta(minutes=5)
        self.refused: dict[str, HooklineError] = {}
        self.sent: list[int] = []

    def send_and_mark(self, routed: Sequence[RoutedEvent]) -> None:
        """Deliver all but the refused, and keep count of how many arrived in one call."""
        self.sent.append(len(routed))
        self.deliver([item for item in routed if item.event.id not in self.refused])
        for item in routed:
            if item.event.id in self.refused:
                raise self.refused[item.event.id]

    def lease(self, *, received_before: datetime, due_at: datetime, limit: int) -> list[Leased]:
        """Put the next attempt of what waits off, and count this one."""
        found = self.pending(received_before=received_before, due_at=due_at, limit=limit)
        for stored in found:
            self.defer(stored.event.id, until=due_at + self.lease_for, reason="")
        return [
            Leased(event_id=stored.event.id, since=stored.attempt.since)
            for stored in found
            if stored.attempt.since is not None
        ]

    def lease_awaiting(self, *, due_at: datetime, until: datetime, limit: int) -> list[Leased]:
        """Put the next question about what is due off."""
        found = self.awaiting(due_at=due_at, limit=limit)
        for stored in found:
            self.postpone(stored, until=until)
        return [Leased(event_id=stored.event.id, since=stored.attempt.since or due_at) for stored in found]

    def awaited(self) -> tuple[int, datetime | None]:
        """All of them."""
        found = self.awaiting(due_at=datetime.max.replace(tzinfo=UTC), limit=1_000_000)
        return len(found), min((stored.attempt.since for stored in found if stored.attempt.since), default=None)

    def earlier(self, stored: StoredEvent) -> list[StoredEvent]:
        """Those before it that wait for the same thing."""
        chains = chains_of(self.awaiting(due_at=datetime.max.replace(tzinfo=UTC), limit=1_000_000))
        for chain in chains:
            ids = [one.event.id for one in chain]
            if stored.event.id in ids:
                return chain[: ids.index(stored.event.id)]
        return []


class KeptSecrets(LoadedSecrets):
    """Secrets whose store has other values by now: ``refresh`` reads them, as often as its limit allows."""

    def __init__(self, values: Mapping[str, bytes], *, later: Mapping[str, bytes] | None = None) -> None:
        super().__init__(values)
        self._later = later
        self.refreshed: list[tuple[str, ...]] = []
        self.fault: Exception | None = None

    def refresh(self, names: Sequence[str], *, at_once: bool = False) -> bool:  # noqa: ARG002 -- it is asked as often as it is
        """Read again; return whether that made a difference."""
        self.refreshed.append(tuple(names))
        if self.fault is not None:
            raise self.fault
        if self._later is None:
            return False
        super().__init__(self._later)
        self._later = None
        return True


class Home:
    """Validator, router and recoverer over one memory; what the validator passes to the router waits here until a test delivers it."""

    def __init__(
        self,
        *,
        secrets: KeptSecrets | None = None,
        store: EventStore | None = None,
        dispatcher: Dispatcher | None = None,
        config: Config | None = None,
        lines: TextIO | None = None,
        keys: Keys | None = None,
        confirmations: Confirmations | None = None,
        quarantine: BudgetedQuarantine | None = None,
        patience: float = 5.0,
        keep: Callable[[RejectedRequest], Mapping[str, object]] | None = None,
        fetches: Fetches | None = None,
    ) -> None:
        """``lines`` is where telemetry goes, in the form that CloudWatch reads, instead of being kept.

        ``keep`` is the quarantine. ``fetches`` are senders' APIs; without it they do not answer.
        """
        self.config = config or load(PROJECT)
        self.clock = MemoryClock(AT)
        self.handshake_secrets = MemoryHandshakeSecrets(self.clock)
        self.state = MemoryState(self.clock, self.config.queues, self.config.event_retention)
        self.events = MemoryEventStore(self.state)
        self.outbox = MemoryAwsOutbox(self.state)
        self.loader = Loader(self.events)
        self.queues = MemoryQueues(self.state)
        self.dispatcher = MemoryDispatcher(inline_limit=INLINE_LIMIT)
        self.telemetry = MemoryTelemetry()
        telemetry: Telemetry = self.telemetry
        if lines is not None:
            telemetry = EmfTelemetry(environment="dev", function="any", stream=lines)
        self.quarantine = quarantine or MemoryQuarantine(self.state, self.config.quarantine)
        writer = QuarantineWriter(
            lambda: self.quarantine, self.config, secret_values=lambda: [SECRET], patience=patience
        )
        self.keep = keep or writer.keep
        self.deadlines: list[float] = []
        self.pauses_taken: list[float] = []
        self.pauses, self.held = MemoryPauses(self.state), MemoryHeldEvents(self.state)
        routes = router_of(self.config)
        known = secrets or KeptSecrets({"TRANSACTIONS_SECRET": SECRET})
        self.validator = Validator(
            config=self.config,
            secrets=known,
            store=store or self.events,
            dispatcher=dispatcher or self.dispatcher,
            telemetry=telemetry,
            clock=self.clock,
            begin_deadline=self.deadlines.append,
            effects=HandshakeEffects(handshake_secrets=self.handshake_secrets, url_fetcher=MemoryUrlFetcher()),
            pauses=SourcePauses(self.pauses, self.clock),
            keys=keys,
            confirmations=confirmations,
            fifo=FifoDelivery(router=routes, outbox=self.outbox),
            keep=self.keep,
        )
        self.records = RouterRecords(
            self.outbox,
            Completer(
                sources=lambda: {source.name: source for source in self.config.sources},
                fetches=fetches or MemoryFetches(),
                read=known.read,
                waits_as_long=True,
            ),
            routes.at_last,
            keeps_order=any(queue.fifo is not None for queue in self.config.queues),
            telemetry=telemetry,
            clock=self.clock,
        )
        self.router = EventRouter(
            store=self.loader,
            outbox=self.outbox,
            router=routes,
            records=lambda: self.records,
            telemetry=telemetry,
            clock=self.clock,
        )
        self.recoverer = self.recoverer_over(self.dispatcher, telemetry)

    def recoverer_over(
        self,
        dispatcher: Dispatcher,
        telemetry: Telemetry | None = None,
        *,
        pause: Callable[[float], None] | None = None,
    ) -> Recoverer:
        """A recoverer that hands events to this dispatcher."""
        return Recoverer(
            outbox=self.outbox,
            dispatcher=dispatcher,
            pauses=self.pauses,
            held=self.held,
            telemetry=telemetry or self.telemetry,
            clock=self.clock,
            sweep=lambda limit: self.quarantine.sweep(limit=limit),
            pause=pause or self.pauses_taken.append,
        )

    def request(self, body: bytes, *, secret: bytes = SECRET) -> Request:
        """A request with ``body``, signed now."""
        source = self.config.sources[0]
        scheme = self.config.schemes[source.name]
        return signed_request(source, scheme, secret, body, delivery_id="msg_1", at=self.clock.now())

    def post(self, body: bytes, *, secret: bytes = SECRET) -> dict[str, Any]:
        """The answer to a signed request."""
        return self.validator(proxy_event(self.request(body, secret=secret)), Invocation())

    def pass_on(self) -> None:
        """Let the router take everything that was passed to it."""
        for payload in self.dispatcher.take():
            self.router(payload, Invocation())

    def standing(self, queue: str = "payments") -> list[str]:
        """The event ids of the messages on a queue."""
        return [delivery.event_id for delivery in self.queues.peek(queue, limit=10_000)]

    def status(self, event_id: str) -> Status | None:
        """The event's status, None when it is unknown."""
        stored = self.events.get(event_id)
        return None if stored is None else stored.event.status
