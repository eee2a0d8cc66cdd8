"""A sender's schedule in words and as a document."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from hookline.config.units import duration_text
from hookline.providers.redelivery import UNKNOWN, Fate, foreseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hookline.providers.provider import Provider
    from hookline.providers.redelivery import Redelivery, Try

__all__ = [
    "fate_text",
    "outage_document",
    "outage_row",
    "redelivery_document",
    "redelivery_rows",
    "schedule_text",
    "wait_text",
]

_AN_HOUR = 3600.0


def wait_text(seconds: float) -> str:
    """Seconds in the form of hookline.toml."""
    return duration_text(timedelta(seconds=round(seconds)))


def fate_text(fate: Fate, tries: int, at: float, redelivery: Redelivery) -> str:
    """The fate of an event whose last try is made ``at`` seconds after the first."""
    tried = f"{tries} {'try' if tries == 1 else 'tries'}"
    if fate is Fate.ARRIVED:
        return f"arrives with try {tries}, {wait_text(at)} after the first" if at else f"arrives with try {tries}"
    if fate is Fate.STOPPED:
        return f"lost: the sender stops at this status, after {tried}"
    if fate is Fate.DISABLED:
        return f"lost after {tried}: {redelivery.disables}"
    if redelivery is UNKNOWN:
        return "lost, unless the sender tries again, which it does not document"
    return (
        f"lost: the sender gives up after {tried} in {wait_text(at)}"
        if tries > 1
        else "lost: the sender never tries again"
    )


def redelivery_rows(provider: Provider) -> Iterator[tuple[str, str]]:
    """The schedule, and the effect of an outage of an hour, as rows of the sender's page; none where nothing is documented."""
    redelivery = provider.redelivery
    if redelivery is None:
        return
    yield "schedule", schedule_text(redelivery)
    assumed = "" if redelivery.documented else " (assumed)"
    yield "an outage of an hour", f"{_outage(redelivery, _AN_HOUR)}{assumed}"
    if redelivery.source:
        yield "schedule by", redelivery.source


def schedule_text(redelivery: Redelivery) -> str:
    """The schedule in words, with only the pauses after which the sender still tries."""
    return "; ".join(_parts(redelivery))


def redelivery_document(redelivery: Redelivery | None) -> dict[str, object] | None:
    """The schedule as a document for programs."""
    if redelivery is None:
        return None
    return {
        "documented": redelivery.documented,
        "waits_seconds": list(redelivery.waits),
        "then_every_seconds": redelivery.every,
        "total_seconds": redelivery.total,
        "success": None if redelivery.success is None else sorted(redelivery.success),
        "stops": list(_ranges(redelivery.stops)),
        "disables": redelivery.disables or None,
        "signs_anew": redelivery.signs_anew,
        "source": redelivery.source or None,
    }


def outage_row(provider: Provider, outage: float) -> tuple[str, str, str, str]:
    """The effect of an outage of ``outage`` seconds on an event of this sender."""
    redelivery = provider.redelivery or UNKNOWN
    last = _last(redelivery, outage)
    known = "documented" if redelivery.documented else "assumed" if provider.redelivery else "nothing documented"
    return provider.name, str(last.number), _outage(redelivery, outage), known


def outage_document(provider: Provider, outage: float) -> dict[str, object]:
    """The effect of an outage as a document for programs."""
    redelivery = provider.redelivery or UNKNOWN
    last = _last(redelivery, outage)
    return {
        "name": provider.name,
        "tries": last.number,
        "arrives": last.then is Fate.ARRIVED,
        "after_seconds": last.at,
        "verdict": _outage(redelivery, outage),
        "documented": redelivery.documented,
    }


def _last(redelivery: Redelivery, outage: float) -> Try:
    *_, last = foreseen(redelivery, outage)
    return last


def _outage(redelivery: Redelivery, outage: float) -> str:
    last = _last(redelivery, outage)
    assert isinstance(last.then, Fate)  # noqa: S101 -- the last try has one
    return fate_text(last.then, last.number, last.at, redelivery)


def _parts(redelivery: Redelivery) -> Iterator[str]:
    pauses = _pauses(redelivery)
    yield pauses if redelivery.documented else f"pauses are not documented; hookline assumes that it {pauses}"
    if redelivery.success is not None:
        yield f"success is {' or '.join(map(str, sorted(redelivery.success)))}"
    if redelivery.stops:
        yield f"stops at {', '.join(_ranges(redelivery.stops))}"
    if redelivery.disables:
        yield redelivery.disables


def _pauses(redelivery: Redelivery) -> str:
    if not redelivery.waits and redelivery.every is None:
        return "never tries again automatically"
    waits = _waits_in_time(redelivery)
    words = [f"{wait_text(wait)} ({count} times)" if count > 1 else wait_text(wait) for wait, count in _runs(waits)]
    later = redelivery.pause(len(redelivery.waits) + 1, sum(waits)) if len(waits) == len(redelivery.waits) else None
    pauses = [f"after {', '.join(words)}"] if words else []
    if later is not None:
        pauses.append(f"{'then ' if words else ''}every {wait_text(later)}")
    end = "" if redelivery.total is None else f", within {wait_text(redelivery.total)} of the first try"
    return f"tries again {', '.join(pauses)}{end}"


def _waits_in_time(redelivery: Redelivery) -> list[float]:
    """The first pauses, without those that would end after the sender's last try."""
    waits: list[float] = []
    for wait in redelivery.waits:
        if redelivery.pause(len(waits) + 1, sum(waits)) is None:
            break
        waits.append(wait)
    return waits


def _runs(waits: Iterable[float]) -> Iterator[tuple[float, int]]:
    return ((wait, len(list(group))) for wait, group in groupby(waits))


def _ranges(statuses: Iterable[int]) -> Iterator[str]:
    """Statuses in the shortest form: 400-428."""
    found: list[list[int]] = []
    for status in sorted(statuses):
        if found and found[-1][-1] == status - 1:
            found[-1].append(status)
        else:
            found.append([status])
    for run in found:
        yield str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}"
