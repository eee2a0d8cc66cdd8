"""The overview: whether anything is wrong, the rates of the last hour, and the last rejected requests and dead letters."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from hookline.dashboard.schema import BOOLEAN, COUNT, MOMENT, NUMBER, TEXT, choice, listed, nullable, of
from hookline.dashboard.views.verdict import State, findings, sentence, tone_of
from hookline.domain.moment import moment_text
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.pipeline.documents import rejected_call
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.sample import Sample
    from hookline.pipeline.seen_letters import SeenLetter
    from hookline.ports.message_places import MessagePlace
    from hookline.ports.queue_listing import ListedQueue
    from hookline.ports.queues import Depth
    from hookline.ports.storage_counts import StoredCounts

__all__ = ["OVERVIEW", "overview", "overview_last", "overview_now"]

_LAST: Final = 10
_HOUR: Final = 3600
_ANY: Final = EventFilter()

_TONE: Final = choice("ok", "warn", "bad")
_TOTALS: Final = of(
    seconds=NUMBER,
    until=nullable(MOMENT),
    accepted=COUNT,
    duplicates=COUNT,
    conflicts=COUNT,
    rejected=COUNT,
    unavailable=COUNT,
    routed=COUNT,
    unmatched=COUNT,
)
_REJECTION: Final = of(
    id=COUNT,
    source=TEXT,
    code=TEXT,
    received_at=MOMENT,
    expires_at=MOMENT,
    method=TEXT,
    url=TEXT,
    size=COUNT,
)
_LETTER: Final = of(
    queue=TEXT,
    dead_letter_queue=TEXT,
    event_id=nullable(TEXT),
    message_id=TEXT,
    receives=COUNT,
    moved_at=nullable(MOMENT),
    reason=nullable(TEXT),
    seen_at=nullable(MOMENT),
)
_STORED: Final = of(
    waiting=COUNT,
    waiting_since=nullable(MOMENT),
    failed=COUNT,
    held=COUNT,
    rejected_kept=COUNT,
    is_at_least=BOOLEAN,
)
OVERVIEW: Final = of(
    tone=_TONE,
    sentence=TEXT,
    findings=listed(of(tone=_TONE, text=TEXT, link=TEXT)),
    at=MOMENT,
    last_hour=nullable(_TOTALS),
    waiting=nullable(COUNT),
    in_flight=nullable(COUNT),
    dead=nullable(COUNT),
    oldest_age=nullable(NUMBER),
    disk_free=nullable(NUMBER),
    stored=nullable(_STORED),
    has_events=nullable(BOOLEAN),
    missing_rights=listed(TEXT),
    rejections=nullable(listed(_REJECTION)),
    dead_letters=nullable(listed(_LETTER)),
)


def overview(room: ControlRoom) -> dict[str, object]:
    """The state of this hookline. A value that the home cannot know is None."""
    return {**overview_now(room), **overview_last(room)}


def overview_now(room: ControlRoom) -> dict[str, object]:
    """The part with the verdict, for a page that requests it repeatedly."""
    listed_queues, sampled = room.listed(), room.sampled()
    counts = None if room.counts is None else room.known(room.counts.counts, None)
    paused, taken = room.known(room.pauses.sources, ()), sampled or ()
    has_events = any(one.accepted for one in taken[-1:]) or room.known(
        lambda: bool(room.events.find(_ANY, limit=1)), None
    )
    state = State(
        fault=None if room.fault is None else room.fault(),
        listed=listed_queues or (),
        samples=taken,
        failed=None if counts is None else counts.failed,
        waiting=None if counts is None else counts.waiting,
        paused_sources=sorted(paused),
        missing_rights=room.missing_rights,
    )
    found = findings(state)
    own = None if listed_queues is None else [one.own for one in listed_queues]
    return {
        "tone": tone_of(found),
        "sentence": sentence(found),
        "findings": [asdict(one) for one in found],
        "at": moment_text(room.now()),
        "last_hour": None if sampled is None else _totals(taken),
        "waiting": None if own is None else sum(one.visible + one.delayed for one in own),
        "in_flight": None if own is None else sum(one.in_flight for one in own),
        "dead": None if listed_queues is None else sum(map(_standing, (one.dead for one in listed_queues))),
        "oldest_age": max((one.oldest_age for one in own or () if one.oldest_age is not None), default=None),
        "disk_free": taken[-1].disk_free if taken else None,
        "stored": None if counts is None else _stored(counts),
        "has_events": has_events,
        "missing_rights": room.missing_rights,
    }


def overview_last(room: ControlRoom) -> dict[str, object]:
    """The part with the last rejected requests and dead letters."""
    found = {"rejections": _rejections(room), "dead_letters": _dead_letters(room, room.listed() or ())}
    return {**found, "missing_rights": room.missing_rights}


def _standing(depth: Depth) -> int:
    return depth.visible + depth.in_flight + depth.delayed


def _totals(taken: Sequence[Sample]) -> dict[str, object]:
    """The sums of the samples of the last hour, and their duration in seconds."""
    recent = [one for one in taken if (taken[-1].at - one.at).total_seconds() < _HOUR]
    names = ("accepted", "duplicates", "conflicts", "unavailable", "routed", "unmatched")
    return {
        "seconds": round(sum(one.seconds for one in recent), 1),
        "until": moment_text(taken[-1].at) if taken else None,
        **{name: sum(getattr(one, name) for one in recent) for name in names},
        "rejected": sum(sum(one.rejected.values()) for one in recent),
    }


def _stored(counts: StoredCounts) -> dict[str, object]:
    return {
        "waiting": counts.waiting,
        "waiting_since": moment_text(counts.waiting_since),
        "failed": counts.failed,
        "held": sum(one.events for one in counts.held.values()),
        "rejected_kept": sum(one.requests for one in counts.rejected.values()),
        "is_at_least": counts.is_at_least,
    }


def _rejections(room: ControlRoom) -> list[dict[str, object]] | None:
    """The last stored rejected requests; None where the home stores none."""
    if room.quarantine is None:
        return None
    quarantine = room.quarantine
    found = room.known(lambda: quarantine.newest(limit=_LAST), None)
    return None if found is None else [*map(rejected_call, found)]


def _dead_letters(room: ControlRoom, listed_queues: Sequence[ListedQueue]) -> list[dict[str, object]] | None:
    """The newest dead letters. If they can only be read by a receive: those that were viewed, or None where none was."""
    names = [one.queue.dead_letter_name for one in listed_queues if one.dead.visible or one.dead.in_flight]
    if room.places is None:
        seen = [] if room.seen_letters is None else room.seen_letters.newest(names, limit=_LAST)
        return [_seen(one) for one in seen] or None
    letters = [letter for name in names for letter in room.places.newest(name, limit=_LAST)]
    return [_letter(one) for one in sorted(letters, key=_moved, reverse=True)[:_LAST]]


def _letter(place: MessagePlace) -> dict[str, object]:
    dead = place.dead_letter
    return {
        "queue": place.queue if dead is None else dead.queue,
        "dead_letter_queue": place.queue,
        "event_id": place.event_id,
        "message_id": place.message_id,
        "receives": (place.receives if dead is None else dead.receives) or 0,
        "moved_at": None if dead is None else moment_text(dead.moved_at),
        "reason": place.last_failure,
        "seen_at": None,
    }


def _seen(one: SeenLetter) -> dict[str, object]:
    return {
        "queue": one.queue.removesuffix(DEAD_LETTER_SUFFIX),
        "dead_letter_queue": one.queue,
        "event_id": one.letter.event_id or None,
        "message_id": one.letter.message_id,
        "receives": one.letter.receives,
        "moved_at": None if one.letter.dead_letter is None else moment_text(one.letter.dead_letter.moved_at),
        "reason": one.letter.last_failure,
        "seen_at": moment_text(one.seen_at),
    }


def _moved(place: MessagePlace) -> float:
    moved = place.sent_at if place.dead_letter is None else place.dead_letter.moved_at or place.sent_at
    return moved.timestamp()
