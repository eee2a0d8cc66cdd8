"""Reads events from the table."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

from hookline.adapters.aws.codec import from_micros, from_seconds, micros, unpack
from hookline.adapters.aws.conflicts import companion_key
from hookline.adapters.aws.items import HELD_PREFIX, JSON_TYPE, PUT_AT, PUT_ON, RECORD_PREFIX
from hookline.adapters.aws.names import OUTBOX_PARTITION, OUTBOX_SORT, TABLE_KEY, TTL_ATTRIBUTE
from hookline.domain.erasure import ERASED
from hookline.domain.event import Event, Status
from hookline.domain.replay import ReplayMark
from hookline.errors import HooklineError, NotFoundError, UnavailableError
from hookline.ports.event_store import Attempt, LoadedEvents, PutOnQueues, SecretUse, SetAside, StoredEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.items import Item
    from hookline.adapters.aws.table import Table
    from hookline.ports.clock import Clock

    FetchBody: TypeAlias = Callable[[str], bytes]
    """A function that fetches the body at a key of the bucket."""

__all__ = ["EventReader", "secret_uses"]

_ERASED = "erased"
"""The attribute of a second body in a companion that says that the body was erased."""


class EventReader:
    """Reads events of one table, each with its companion, and large bodies from their bucket."""

    def __init__(self, table: Table, *, bodies: S3Bodies, clock: Clock) -> None:
        self._table = table
        self._fetch = bodies.get
        self._clock = clock

    def items(self, event_ids: Iterable[str]) -> dict[str, Item]:
        """The items of these events and their companions, by key, expired ones included."""
        return self._table.items([key for id_ in event_ids for key in (id_, companion_key(id_))])

    def get(self, event_id: str) -> StoredEvent | None:
        """One event with its second bodies."""
        items = self.items([event_id])
        item = items.get(event_id)
        if item is None or not self.is_live(item):
            return None
        conflicts, set_aside = _read_set_aside(items.get(companion_key(event_id)), item, self._fetch)
        return _read_stored(item, self._fetch, conflicts=conflicts, set_aside=set_aside)

    def read(self, event_ids: Iterable[str], items: Mapping[str, Item]) -> LoadedEvents:
        """The events among ``items``, without their second bodies."""
        events: list[StoredEvent] = []
        faults: dict[str, HooklineError] = {}
        for event_id in dict.fromkeys(event_ids):
            item = items.get(event_id)
            if item is None or not self.is_live(item):
                continue
            conflicts, _ = _read_set_aside(items.get(companion_key(event_id)), item, None)
            try:
                events.append(_read_stored(item, self._fetch, conflicts=conflicts))
            except HooklineError as fault:
                faults[event_id] = fault
        return LoadedEvents(events=events, faults=faults)

    def whole(self, item: Item, companion: Item | None, *, damaged: Callable[[], None] = lambda: None) -> StoredEvent:
        """The event of an item with its second bodies, whether or not it has expired. The large body of an expired event may be removed.

        For a body that does not match its digest, ``damaged`` is called and the body is empty.
        """
        fetch = self._fetch_if_there
        conflicts, set_aside = _read_set_aside(companion, item, fetch, damaged)
        return _read_stored(item, fetch, conflicts=conflicts, set_aside=set_aside, damaged=damaged)

    def _fetch_if_there(self, key: str) -> bytes:
        try:
            return self._fetch(key)
        except NotFoundError:
            return b""

    def is_live(self, item: Item) -> bool:
        """Whether the event has not expired; DynamoDB removes expired items up to some days later."""
        expires_at = item.get(TTL_ATTRIBUTE)
        return expires_at is None or int(expires_at["N"]) * 1_000_000 > micros(self._clock.steady())


def _unfit() -> None:
    raise UnavailableError("internal_fault", "a stored body does not match its digest")


def _read_set_aside(
    companion: Item | None, item: Item, fetch: FetchBody | None, damaged: Callable[[], None] = _unfit
) -> tuple[int, tuple[SetAside, ...]]:
    """How many conflicts the event of ``item`` had, and its second bodies, oldest first; without ``fetch`` the bodies are left out."""
    if companion is None or companion["of"]["N"] != item["stored_at"]["N"]:
        return 0, ()
    kept = () if fetch is None else tuple(_read_one_aside(one["M"], fetch, damaged) for one in companion["bodies"]["L"])
    return int(companion["conflicts"]["N"]), tuple(sorted(kept, key=lambda one: (one.received_at, one.body_sha256)))


def _read_one_aside(one: Item, fetch: FetchBody, damaged: Callable[[], None]) -> SetAside:
    return SetAside(
        received_at=from_micros(int(one["received_at"]["N"])),
        body=_read_body(one, fetch, damaged),
        body_sha256=one["sha256"]["B"],
    )


def _read_body(item: Item, fetch: FetchBody, damaged: Callable[[], None]) -> bytes:
    """The received body, wherever it is stored; empty where it was erased.

    Calls ``damaged`` for a body that does not match its digest: a later version may have written it, and it must not be returned.
    """
    if _ERASED in item or ERASED in item.get("metadata", {"M": {}})["M"]:
        return b""
    body = fetch(item["body_key"]["S"]) if "body_key" in item else _unpacked(item)
    if "body_key" in item and not body:  # the large body was removed from the bucket, and this reader allows that
        return b""
    if body is None or hashlib.sha256(body).digest() != item["sha256"]["B"]:
        damaged()
        return b""
    return body


def _unpacked(item: Item) -> bytes | None:
    try:
        return unpack(_text(item, "codec"), item["body"]["B"])
    except zlib.error:
        return None


def _read_stored(
    item: Item,
    fetch: FetchBody,
    *,
    conflicts: int = 0,
    set_aside: tuple[SetAside, ...] = (),
    damaged: Callable[[], None] = _unfit,
) -> StoredEvent:
    """The event that an item holds."""
    expires_at = _whole(item, TTL_ATTRIBUTE)
    return StoredEvent(
        event=_event(item, _read_body(item, fetch, damaged)),
        attempt=_attempt(item),
        expires_at=None if expires_at is None else from_seconds(expires_at),
        conflicts=conflicts,
        set_aside=set_aside,
        replay=_mark(item),
        put=_put(item),
    )


def _event(item: Item, body: bytes) -> Event:
    event_id: str = item[TABLE_KEY]["S"]
    metadata = item.get("metadata", {"M": {}})["M"]
    return Event(
        id=event_id,
        source=event_id.partition(":")[0],
        type=item["type"]["S"],
        time=item["time"]["S"],
        received_at=from_micros(int(item["received_at"]["N"])),
        content_type=_text(item, "content_type") or JSON_TYPE,
        body=body,
        body_sha256=item["sha256"]["B"],
        metadata={name: value["S"] for name, value in metadata.items()},
        status=Status(item["status"]["S"]),
        held=(_text(item, OUTBOX_PARTITION) or "").startswith(HELD_PREFIX),
    )


def _mark(item: Item) -> ReplayMark | None:
    replay = _text(item, "replay")
    return None if replay is None else ReplayMark(id=replay, queue=_text(item, "replay_queue"))


def _put(item: Item) -> PutOnQueues | None:
    at = _whole(item, PUT_AT)
    return None if at is None else PutOnQueues(at=from_micros(at), queues=tuple((_text(item, PUT_ON) or "").split()))


def _attempt(item: Item) -> Attempt:
    since, next_at = _whole(item, OUTBOX_SORT) or 0, _whole(item, "next_at")
    if next_at is not None and (_text(item, OUTBOX_PARTITION) or "").startswith(RECORD_PREFIX):
        since, next_at = next_at, since
    return Attempt(
        since=from_micros(since),
        count=_whole(item, "attempts") or 0,
        next_at=None if next_at is None else from_micros(next_at),
        reason=_text(item, "reason"),
    )


def _text(item: Item, name: str) -> str | None:
    found: str | None = item.get(name, {}).get("S")
    return found


def _whole(item: Item, name: str) -> int | None:
    found = item.get(name)
    return None if found is None else int(found["N"].partition(".")[0])


def secret_uses(items: Iterable[Item]) -> list[SecretUse]:
    """How often each source used each secret, from items with ``event_id``, ``received_at`` and the secret's name in ``metadata``."""
    received: dict[tuple[str, str], tuple[int, int]] = {}
    for item in items:
        use = item[TABLE_KEY]["S"].partition(":")[0], item["metadata"]["M"]["secret"]["S"]
        count, last = received.get(use, (0, 0))
        received[use] = (count + 1, max(last, int(item["received_at"]["N"])))
    return [
        SecretUse(source=source, secret=secret, events=count, last_received_at=from_micros(last))
        for (source, secret), (count, last) in sorted(received.items())
    ]
