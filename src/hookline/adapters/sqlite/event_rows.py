"""Reads events from rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from hookline.adapters.sqlite.codec import DICTIONARY, SEALED, from_micros, unpack
from hookline.adapters.sqlite.sealing import event_about
from hookline.domain.erasure import ERASED
from hookline.domain.event import Event, Status
from hookline.domain.fetch import awaits_record
from hookline.domain.replay import ReplayMark
from hookline.errors import DamagedError
from hookline.ports.event_store import Attempt, SetAside, StoredEvent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hookline.adapters.sqlite.query import Row
    from hookline.adapters.sqlite.sealing import Sealing

__all__ = [
    "COLUMNS",
    "HELD",
    "LIVE",
    "NOT_ERASED",
    "WAITING",
    "aside_about",
    "read_event",
    "read_event_as_far_as_possible",
    "read_set_aside",
    "since_of",
]

COLUMNS = f"""
id, source, type, time, received_at, content_type, body_sha256, metadata, status, since, attempts, next_at, reason,
expires_at, conflicts, codec, body, {DICTIONARY}, replay, replay_queue
"""

_CODEC = 15
_NO_BODY = (None, b"", None)
"""The positions of codec, body and dictionary in a row of ``COLUMNS``, and their values where there is no body."""

LIVE = "(expires_at IS NULL OR expires_at > :now)"

NOT_ERASED = f"(metadata IS NULL OR metadata ->> '$.{ERASED}' IS NULL)"

WAITING = Status.RECEIVED.value

HELD = 2**62
"""``since`` of an event that is held: later than any time, so that a query for events that have waited long enough does not find it."""

"""While an event waits for its record, ``since`` is this plus the time of the next fetch, and ``next_at`` is since when it waits."""


def since_of(event: Event, received_at: int) -> int:
    """The value of ``since`` for a new event that is on no queue yet."""
    if event.held:
        return HELD
    return HELD + received_at if awaits_record(event.metadata) else received_at


def read_event(row: Row, sealing: Sealing, set_aside: tuple[SetAside, ...] = ()) -> StoredEvent:
    """The event of a row of ``COLUMNS``."""
    (id_, source, type_, time, received_at, content_type, digest, metadata, status, since, attempts, next_at, reason,
     expires_at, conflicts, codec, body, dictionary, replay, replay_queue) = row  # fmt: skip
    if codec is not None and codec[-1] == SEALED:
        codec, body, dictionary = sealing.opened(codec, body, event_about(id_, digest), dictionary)
    event = Event(
        id=id_,
        source=source,
        type=type_,
        time=time,
        received_at=from_micros(received_at),
        content_type=content_type,
        body=unpack(codec, body, dictionary, digest),
        body_sha256=digest,
        metadata=orjson.loads(metadata) if metadata else {},
        status=Status(status),
        held=since == HELD and status == WAITING,
    )
    return StoredEvent(
        event=event,
        attempt=_attempt(received_at, since, attempts, next_at, reason),
        expires_at=_moment(expires_at),
        conflicts=conflicts,
        set_aside=set_aside,
        replay=None if replay is None else ReplayMark(id=replay, queue=replay_queue),
    )


def read_event_as_far_as_possible(row: Row, sealing: Sealing) -> StoredEvent:
    """The event of a row of ``COLUMNS``, with an empty body where the body is damaged."""
    try:
        return read_event(row, sealing)
    except DamagedError:
        return read_event((*row[:_CODEC], *_NO_BODY, *row[_CODEC + len(_NO_BODY) :]), sealing)


def read_set_aside(rows: Iterable[Row], seq: int, sealing: Sealing) -> tuple[SetAside, ...]:
    """The second bodies of the event of this number, from rows of ``received_at, body_sha256, codec, body``."""
    return tuple(
        SetAside(
            received_at=from_micros(received_at),
            body=sealing.body_of(codec, body, aside_about(seq, digest)),
            body_sha256=digest,
        )
        for received_at, digest, codec, body in rows
    )


def aside_about(seq: int, digest: bytes) -> bytes:
    """The text that binds a sealed second body to the event of this number."""
    return b"aside\0%d\0%b" % (
        seq,
        digest,
    )  # these bytes are part of the file format: with others, stored bodies cannot be opened


def _attempt(received_at: int, since: int, attempts: int, next_at: int | None, reason: str | None) -> Attempt:
    if since > HELD:
        since, next_at = received_at if next_at is None else next_at, since - HELD
    return Attempt(
        since=from_micros(received_at if since == HELD else since),
        count=attempts,
        next_at=_moment(next_at),
        reason=reason,
    )


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)
