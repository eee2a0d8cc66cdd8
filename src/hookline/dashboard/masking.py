"""Ports of a room that hide masked fields, for callers without the right to see them.

Views need no change for this. ``ControlRoom.masks`` says for which sources fields are hidden, so that pages can say so.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.dashboard.proofs import query_without_proofs, without_proofs
from hookline.domain.erasure import is_erased
from hookline.domain.message import attribute_text
from hookline.domain.reads import NO_MEMBERS, Members
from hookline.errors import Rejected
from hookline.pipeline.masking import MASK, SourceMask, copied_texts, masked_body, masked_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.config import Config
    from hookline.domain.event import Status
    from hookline.domain.message import Delivery
    from hookline.domain.quarantine import KeptCall, KeptRequest, KeptSummary, RejectedRequest
    from hookline.ports.event_store import EventFilter, SecretUse, StoredEvent, StoredEvents
    from hookline.ports.message_places import MessagePlace, MessagePlaces
    from hookline.ports.quarantine import KeptRequests
    from hookline.ports.watch import Arrived, Watch

__all__ = ["MaskedEvents", "MaskedPlaces", "MaskedQuarantine", "MaskedWatch", "Masks"]

_EVERYTHING: Final = SourceMask(members=Members(everything=True))
_AT_ONCE: Final = 100
_MOST: Final = 20_000
"""The most events that one search for text reads and masks."""


class Masks:
    """The masks of the current configuration. ``is_needed`` is False where no source masks fields."""

    def __init__(self, config: Config) -> None:
        self._masks: Mapping[str, SourceMask] = {
            source.name: SourceMask(members=source.masked, find_transaction=source.find_transaction)
            for source in config.sources
        }
        self.is_needed = any(mask.members is not NO_MEMBERS for mask in self._masks.values())

    def of(self, source: str) -> Members:
        """The mask of a source. For a source that was removed from hookline.toml everything is hidden, because its mask is unknown."""
        return self._mask(source).members

    def hide(self, source: str) -> bool:
        """Whether a part of this source's bodies is hidden."""
        return self.of(source) is not NO_MEMBERS

    def event(self, stored: StoredEvent) -> StoredEvent:
        """The masked event. The digests of its bodies are left out, because they could confirm a guess."""
        mask = self._mask(stored.event.source)
        masked = mask.members
        if masked is NO_MEMBERS:
            return stored
        if is_erased(stored.event):
            return _without_digests(stored)
        shown = masked_body(stored.event.body, masked)
        metadata = copied_texts(stored.event.metadata, stored.event.body, shown, mask)
        event = replace(stored.event, body=shown.body, body_sha256=b"", metadata=metadata)
        second = tuple(
            replace(one, body=one.body and masked_body(one.body, masked).body, body_sha256=b"")
            for one in stored.set_aside
        )
        return replace(stored, event=event, set_aside=second)

    def delivery(self, delivery: Delivery) -> Delivery:
        """The masked message."""
        body = masked_message(delivery.body, self._masks)
        if body == delivery.body:
            return delivery
        seen = _texts_in(body)
        attributes = {
            name: value if attribute_text(value) in seen else MASK for name, value in delivery.attributes.items()
        }
        return replace(delivery, body=body, attributes=attributes, last_failure=delivery.last_failure and MASK)

    def _mask(self, source: str) -> SourceMask:
        return self._masks.get(source, _EVERYTHING)

    def kept(self, kept: KeptRequest) -> KeptRequest:
        """The masked rejected request: headers and query, which have signatures of the body, are removed if a part of it is hidden.

        Otherwise only credentials are removed, because a refused request may contain a valid token.
        """
        one = kept.rejected
        masked = self.of(one.source)
        shown = _without_proofs(one) if masked is NO_MEMBERS else _masked_request(one, masked)
        return replace(kept, rejected=shown)

    def call(self, call: KeptCall) -> KeptCall:
        """The masked target of a rejected request."""
        if self.of(call.source) is NO_MEMBERS:
            return replace(call, query=query_without_proofs(call.query, MASK))
        return replace(call, query=MASK if call.query else "")

    def place(self, place: MessagePlace) -> MessagePlace:
        """The masked place of a message, without the consumer's reason of a failure, which may repeat the body."""
        if place.last_failure is None:
            return place
        source = (place.event_id or "").partition(":")[0]
        return replace(place, last_failure=MASK) if self.hide(source) else place


class MaskedEvents:
    """StoredEvents that returns masked events."""

    def __init__(self, events: StoredEvents, masks: Masks) -> None:
        self._events = events
        self._masks = masks

    def get(self, event_id: str) -> StoredEvent | None:
        """As the port."""
        stored = self._events.get(event_id)
        return None if stored is None else self._masks.event(stored)

    def find(self, wanted: EventFilter, *, limit: int, before: str | None = None) -> list[StoredEvent]:
        """As the port; a text is searched only in the masked events, so that no answer confirms a guess.

        A search for text reads a limited number of events, and then ends.
        """
        if wanted.text is None and wanted.reference is None and wanted.amount is None:
            return [*map(self._masks.event, self._events.find(wanted, limit=limit, before=before))]
        asked = replace(wanted, text=None)
        found: list[StoredEvent] = []
        looked_at = 0
        while len(found) < limit:
            page = self._events.find(asked, limit=_AT_ONCE, before=before)
            looked_at += len(page)
            found += [shown for shown in map(self._masks.event, page) if wanted.takes(shown.event)]
            if len(page) < _AT_ONCE:
                break
            before = page[-1].event.id
            if looked_at >= _MOST and len(found) < limit:
                raise Rejected(
                    "parameter_invalid",
                    f"a search reads {_MOST:,} events at most: choose a shorter time (since, until)",
                )
        return found[:limit]

    def count(self) -> dict[Status, int]:
        """As the port."""
        return self._events.count()

    def secret_uses(self) -> list[SecretUse]:
        """As the port."""
        return self._events.secret_uses()


class MaskedPlaces:
    """MessagePlaces without what consumers said of masked events."""

    def __init__(self, places: MessagePlaces, masks: Masks) -> None:
        self._places = places
        self._masks = masks

    def places(self, event_id: str) -> Sequence[MessagePlace]:
        """As the port."""
        return [*map(self._masks.place, self._places.places(event_id))]

    def newest(self, queue: str, *, limit: int) -> Sequence[MessagePlace]:
        """As the port."""
        return [*map(self._masks.place, self._places.newest(queue, limit=limit))]


class MaskedQuarantine:
    """KeptRequests that returns masked requests."""

    def __init__(self, quarantine: KeptRequests, masks: Masks) -> None:
        self._quarantine = quarantine
        self._masks = masks

    def ids(self, *, source: str | None = None) -> list[int]:
        """As the port."""
        return self._quarantine.ids(source=source)

    def summaries(self, *, source: str | None = None) -> list[KeptSummary]:
        """As the port."""
        return self._quarantine.summaries(source=source)

    def newest(self, *, limit: int) -> list[KeptCall]:
        """As the port."""
        return [*map(self._masks.call, self._quarantine.newest(limit=limit))]

    def get(self, number: int) -> KeptRequest | None:
        """As the port."""
        kept = self._quarantine.get(number)
        return None if kept is None else self._masks.kept(kept)


class MaskedWatch:
    """A Watch whose events are masked."""

    def __init__(self, watch: Watch, masks: Masks) -> None:
        self._watch = watch
        self._masks = masks

    def next(self, *, source: str | None, type: str | None, refused: bool, limit: int) -> Arrived:  # noqa: A002 -- the field's own name
        """As the port."""
        came = self._watch.next(source=source, type=type, refused=refused, limit=limit)
        return replace(came, events=tuple(map(self._masks.event, came.events)))


def _without_digests(stored: StoredEvent) -> StoredEvent:
    """The erased event, without the digests of its bodies."""
    second = tuple(replace(one, body_sha256=b"") for one in stored.set_aside)
    return replace(stored, event=replace(stored.event, body_sha256=b""), set_aside=second)


def _texts_in(message: str) -> frozenset[str]:
    """The texts of a message other than its data, and also the source's name without its prefix."""
    document = json.loads(message)
    texts = [one for one in document.values() if isinstance(one, str)] if isinstance(document, dict) else []
    return frozenset(texts) | {one.removeprefix("hookline/") for one in texts}


def _without_proofs(one: RejectedRequest) -> RejectedRequest:
    request = one.request
    headers, query = without_proofs(request.headers, MASK), query_without_proofs(request.query, MASK)
    return replace(one, request=replace(request, headers=headers, query=query))


def _masked_request(one: RejectedRequest, masked: Members) -> RejectedRequest:
    request = one.request
    headers = type(request.headers)((name.encode("latin-1"), MASK.encode()) for name, _ in request.headers.items())
    shown = replace(
        request, body=masked_body(request.body, masked).body, headers=headers, query=MASK if request.query else ""
    )
    return replace(one, request=shown)
