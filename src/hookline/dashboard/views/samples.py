"""Gives the numbers for the charts of the overview, column by column."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from hookline.dashboard.schema import BOOLEAN, NUMBER, TEXT, listed, mapping, nullable, of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.sample import Sample

__all__ = ["SAMPLES", "samples"]

_NUMBERS: Final = listed(nullable(NUMBER))
_QUEUE: Final = of(depth=_NUMBERS, dead=_NUMBERS, oldest_age=_NUMBERS)
_RATES: Final = ("accepted", "duplicates", "conflicts", "unavailable", "routed", "unmatched")
_STATES: Final = ("p50", "p95", "p99", "disk_free", "database_size", "log_size", "outbox_waiting", "outbox_oldest_age")

SAMPLES: Final = of(
    known=BOOLEAN,
    missing_rights=listed(TEXT),
    at=listed(NUMBER),
    rejected=mapping(_NUMBERS),
    queues=mapping(_QUEUE),
    **dict.fromkeys((*_RATES, *_STATES), _NUMBERS),
)


def samples(room: ControlRoom, *, after: float | None = None) -> dict[str, object]:
    """The samples of the last hour, the oldest first, or only those after the time ``after``, in seconds since 1970.

    Rates are per second, times in seconds, sizes in bytes. ``known`` is False where the home takes no samples. None means that a sample
    does not have the value.
    """
    found = room.sampled()
    taken = found or ()
    wanted = [one for one in taken if after is None or one.at.timestamp() > after + 0.001]
    codes = _in_order(one.rejected for one in wanted)
    names = _in_order(one.queues for one in wanted)
    return {
        "known": found is not None,
        "missing_rights": room.missing_rights,
        "at": [round(one.at.timestamp(), 3) for one in wanted],
        **{name: [_rate(getattr(one, name), one) for one in wanted] for name in _RATES},
        **{name: [getattr(one, name) for one in wanted] for name in _STATES},
        "rejected": {code: [_rate(one.rejected.get(code, 0), one) for one in wanted] for code in codes},
        "queues": {name: _queue(wanted, name) for name in names},
    }


def _queue(wanted: Sequence[Sample], name: str) -> dict[str, object]:
    def column(read: Callable[[Sample], float | None]) -> list[float | None]:
        return [read(one) if name in one.queues else None for one in wanted]

    return {
        "depth": column(lambda one: one.queues[name].visible + one.queues[name].in_flight + one.queues[name].delayed),
        "dead": column(lambda one: one.queues[name].dead),
        "oldest_age": column(lambda one: one.queues[name].oldest_age),
    }


def _rate(count: int, sample: Sample) -> float:
    return round(count / sample.seconds, 3) if sample.seconds else 0.0


def _in_order(found: Iterable[Iterable[str]]) -> list[str]:
    return sorted(set(chain.from_iterable(found)))
