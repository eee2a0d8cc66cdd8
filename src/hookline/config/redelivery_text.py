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

__all__ = ["fate_text", "outage_document", "outage_row", "redelivery_document", "redelivery_rows", "wait_text"]

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
    yield "schedule", "; ".join(_parts(redelivery))
    assumed = "" if redelivery.documented else " (assumed)"
    yield "an outage of an hour", f"{_outage(redelivery, _AN_HOUR)}{assumed}"
    if redelivery.source:
        yield "schedule by", redelivery.source


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
    if not redelivery.documented:
        yield "pauses are not documented; hookline assumes"
    yield _pauses(redelivery)
    if redelivery.success is not None:
        yield f"success is {' or '.join(map(str, sorted(redelivery.success)))}"
    if redelivery.stops:
        yield f"stops at {', '.join(_ranges(redelivery.stops))}"
    if redelivery.disables:
        yield redelivery.disables


def _pauses(redelivery: Redelivery) -> str:
    if not redelivery.waits and redelivery.every is None:
        return "never tries again automatically"
    words = [
        f"{wait_text(wait)} ({count} times)" if count > 1 else wait_text(wait) for wait, count in _runs(redelivery)
    ]
    every = "" if redelivery.every is None else f", then every {wait_text(redelivery.every)}"
    until = "" if redelivery.total is None else f" until {wait_text(redelivery.total)}"
    return f"tries again after {', '.join(words)}{every}{until}"


def _runs(redelivery: Redelivery) -> Iterator[tuple[float, int]]:
    return ((wait, len(list(group))) for wait, group in groupby(redelivery.waits))


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
