"""Values for tests: the queues that every home declares, and events and messages with as little to say as possible."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hookline.domain.event import Event, Status
from hookline.domain.fifo import Fifo, FifoPosition, deduplication_id
from hookline.domain.handshake import Armed, Caller
from hookline.domain.message import Message
from hookline.domain.quarantine import Ceiling, KeepBudget, QuarantineBounds, RejectedRequest
from hookline.domain.queue import UNROUTED, Queue
from hookline.domain.request import Headers, Request
from hookline.domain.retention import EventRetention
from hookline.domain.route import RoutedEvent
from hookline.pipeline.identify import event_id

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BRIEF",
    "CALLER",
    "DLQ",
    "EVENT_RETENTION",
    "KEEP_BUDGET",
    "LASTING",
    "ORDERS",
    "PAYMENTS",
    "QUARANTINE",
    "QUEUES",
    "RETENTION",
    "START",
    "armed",
    "event",
    "grouped",
    "message",
    "rejected",
    "routed",
    "waiting",
]

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
EVENT_RETENTION = timedelta(days=30)
PAYMENTS = Queue(
    name="payments",
    max_receives=2,
    visibility_timeout=timedelta(minutes=1),
    retention=timedelta(days=4),
    dead_letter_retention=timedelta(days=10),
)
BRIEF, LASTING = "brief", "lasting"
RETENTION = EventRetention(usual=EVENT_RETENTION, of_source={BRIEF: timedelta(hours=6), LASTING: timedelta(days=90)})
"""Two sources keep their events for a time of their own."""
QUARANTINE = QuarantineBounds(
    max_requests=4, max_bytes=1000, retention=timedelta(days=1), of_source=RETENTION.of_source
)
KEEP_BUDGET = KeepBudget(all=Ceiling(burst=12, rate=0.02), share=Ceiling(burst=6, rate=0.01))
"""Six small requests together, three of one source and code; one more for all in 100 seconds, and for these in 200."""
DLQ = PAYMENTS.dead_letter_name
CALLER = Caller(token="a-token-of-these-tests", address="192.0.2.1")
QUEUES = (PAYMENTS, Queue(name="refunds"), Queue(name=UNROUTED))


ORDERS = Queue(
    name="orders",
    max_receives=2,
    visibility_timeout=timedelta(minutes=1),
    retention=timedelta(days=4),
    dead_letter_retention=timedelta(days=10),
    fifo=Fifo(group="data.customer"),
)
"""A FIFO queue, for the tests that declare it."""


def event(
    delivery_id: str = "evt_1",
    body: bytes = b'{"amount":1.10}',
    *,
    received_at: datetime = START,
    source: str = "transactions",
    type: str = "payment",  # noqa: A002 -- the field's own name
    status: Status = Status.RECEIVED,
) -> Event:
    """An event that its delivery id and its body distinguish from others."""
    return Event(
        id=event_id(source, delivery_id),
        source=source,
        type=type,
        time="2026-01-02T03:04:05Z",
        received_at=received_at,
        content_type="application/json",
        body=body,
        body_sha256=hashlib.sha256(body).digest(),
        metadata={"secret": "TRANSACTIONS_SECRET"},
        status=status,
    )


def rejected(
    body: bytes = b"{}",
    *,
    source: str = "transactions",
    code: str = "signature_mismatch",
    query: str = "",
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> RejectedRequest:
    """A request that was refused, as large as its body unless another size is given."""
    request = Request(
        method="POST", path="/webhook", query=query, headers=Headers(headers), body=body, received_at=START
    )
    return RejectedRequest(source=source, code=code, request=request)


def routed(event: Event, *queues: str) -> RoutedEvent:
    """``event`` with its messages for ``queues``; ``unmatched`` when that is the queue of events without a route."""
    status = Status.UNMATCHED if queues == (UNROUTED,) else Status.ROUTED
    return RoutedEvent(event=event, queues=queues, status=status)


def waiting(event: Event) -> RoutedEvent:
    """``event`` as it goes into the outbox."""
    return RoutedEvent(event=event, queues=(), status=Status.RECEIVED)


def message(name: str = "evt_1") -> Message:
    """A message of its own text, which names its event as every CloudEvent does."""
    id_ = event_id("transactions", name)
    return Message(event_id=id_, body=f'{{"id":"{id_}"}}', attributes={"type": "payment"})


def grouped(name: str, group: str) -> Message:
    """The message of a group."""
    plain = message(name)
    return replace(plain, fifo=FifoPosition(group=group, deduplication_id=deduplication_id(plain.event_id)))


def armed(source: str, secret: str, until: datetime, *, networks: tuple[str, ...] = ()) -> Armed:
    """A source that expects its secret from ``CALLER``."""
    digest = hashlib.sha256(CALLER.token.encode()).digest()
    return Armed(source=source, secret=secret, until=until, token_digest=digest, networks=networks)
