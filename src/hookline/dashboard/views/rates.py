"""How fast messages and requests come and go, from what was sampled in the last minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.dashboard.schema import NUMBER, nullable, of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.sample import Sample

__all__ = ["QUEUE_RATES", "SOURCE_RATES", "queue_rates", "source_rates"]

_RECENT: Final = 60.0
"""Seconds that rates are taken over: long enough for a number that stands still, short enough to see a change."""

_HOUR: Final = 3600.0

QUEUE_RATES: Final = of(in_per_second=NUMBER, out_per_second=NUMBER)
SOURCE_RATES: Final = of(
    events_per_second=NUMBER, duplicates_per_second=NUMBER, rejected_per_second=NUMBER, rejected_share=nullable(NUMBER)
)


def queue_rates(room: ControlRoom, name: str) -> dict[str, object] | None:
    """Messages a second onto a queue and off it; None where the home does not know."""
    samples = [one for one in _since(room, _RECENT) if name in one.queues and one.queues[name].sent is not None]
    seconds = sum(one.seconds for one in samples)
    if not seconds:
        return None
    sent = sum(one.queues[name].sent or 0 for one in samples)
    removed = sum(one.queues[name].removed or 0 for one in samples)
    return {"in_per_second": round(sent / seconds, 2), "out_per_second": round(removed / seconds, 2)}


def source_rates(room: ControlRoom, name: str) -> dict[str, object] | None:
    """Requests a second to a source, and of those of the last hour the share that was rejected; None where the home does not know."""
    if room.samples is None:
        return None
    recent, hour = _of_source(_since(room, _RECENT), name), _of_source(_since(room, _HOUR), name)
    seconds = sum(one.seconds for one in _since(room, _RECENT)) or 1.0
    calls = sum(hour.values())
    return {
        "events_per_second": round(recent["accepted"] / seconds, 2),
        "duplicates_per_second": round(recent["duplicates"] / seconds, 2),
        "rejected_per_second": round(recent["rejected"] / seconds, 2),
        "rejected_share": round(hour["rejected"] / calls, 4) if calls else None,
    }


def _of_source(samples: Sequence[Sample], name: str) -> Mapping[str, int]:
    found = [one.sources[name] for one in samples if name in one.sources]
    return {
        "accepted": sum(one.accepted for one in found),
        "duplicates": sum(one.duplicates for one in found),
        "rejected": sum(one.rejected for one in found),
    }


def _since(room: ControlRoom, seconds: float) -> Sequence[Sample]:
    taken = () if room.samples is None else room.samples()
    now = room.now()
    return [one for one in taken if (now - one.at).total_seconds() < seconds]
