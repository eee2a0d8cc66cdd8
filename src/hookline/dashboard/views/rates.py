"""Computes the rates of messages and requests from the samples of the last minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.dashboard.schema import MOMENT, NUMBER, nullable, of
from hookline.domain.moment import moment_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.dashboard.control_room import ControlRoom
    from hookline.dashboard.schema import Schema
    from hookline.domain.sample import Sample

__all__ = ["QUEUE_RATES", "SOURCE_RATES", "queue_rates", "source_rates"]

_RECENT: Final = 60.0
"""The period of rates in seconds: long enough for a steady number, short enough to show a change."""

_HOUR: Final = 3600.0
_STALE: Final = 15 * 60.0
"""Seconds after which a rate is too old to be shown. CloudWatch counts a queue some minutes late."""

_PERIOD: Final[Mapping[str, Schema]] = {"until": MOMENT, "seconds": NUMBER}
"""The members with the end and the length of a rate's period."""
QUEUE_RATES: Final = of(in_per_second=NUMBER, out_per_second=NUMBER, **_PERIOD)
SOURCE_RATES: Final = of(
    events_per_second=NUMBER,
    duplicates_per_second=NUMBER,
    rejected_per_second=NUMBER,
    rejected_share=nullable(NUMBER),
    **_PERIOD,
)


def queue_rates(room: ControlRoom, name: str) -> dict[str, object] | None:
    """The messages a second that arrive on a queue and leave it; None where they are unknown."""
    samples = _newest(room, lambda one: name in one.queues and one.queues[name].sent is not None)
    seconds = sum(one.seconds for one in samples)
    if not seconds:
        return None
    sent = sum(one.queues[name].sent or 0 for one in samples)
    removed = sum(one.queues[name].removed or 0 for one in samples)
    return {
        "in_per_second": round(sent / seconds, 2),
        "out_per_second": round(removed / seconds, 2),
        **_period(samples),
    }


def source_rates(room: ControlRoom, name: str) -> dict[str, object] | None:
    """The requests a second to a source, and the rejected share of the last hour; None where they are unknown."""
    counted = _newest(room, lambda one: one.sources is not None)
    if not counted:
        return None
    recent, hour = _of_source(counted, name), _of_source(_newest(room, lambda _: True, _HOUR), name)
    seconds = sum(one.seconds for one in counted) or 1.0
    calls = sum(hour.values())
    return {
        "events_per_second": round(recent["accepted"] / seconds, 2),
        "duplicates_per_second": round(recent["duplicates"] / seconds, 2),
        "rejected_per_second": round(recent["rejected"] / seconds, 2),
        "rejected_share": round(hour["rejected"] / calls, 4) if calls else None,
        **_period(counted),
    }


def _of_source(samples: Sequence[Sample], name: str) -> Mapping[str, int]:
    found = [one.sources[name] for one in samples if one.sources is not None and name in one.sources]
    return {
        "accepted": sum(one.accepted for one in found),
        "duplicates": sum(one.duplicates for one in found),
        "rejected": sum(one.rejected for one in found),
    }


def _newest(room: ControlRoom, counts: Callable[[Sample], bool], seconds: float = _RECENT) -> Sequence[Sample]:
    """The samples of the last ``seconds``; empty where they are too old."""
    taken = room.sampled() or ()
    known = [one for one in taken if counts(one)]
    if not known or (room.now() - known[-1].at).total_seconds() > _STALE:
        return ()
    return [one for one in known if (known[-1].at - one.at).total_seconds() < seconds]


def _period(samples: Sequence[Sample]) -> dict[str, object]:
    return {"until": moment_text(samples[-1].at), "seconds": round(sum(one.seconds for one in samples), 1)}
