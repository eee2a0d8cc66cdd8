"""The filters and times that operators search events with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hookline.config.units import UnusableError, duration
from hookline.domain.event import Status
from hookline.domain.moment import is_moment, moment_of
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_moment", "scan_warning", "wanted_events"]

_LONGEST = timedelta(days=36_500)
_ago = duration(timedelta(0), _LONGEST)


def read_moment(text: str, now: datetime) -> datetime:
    """The moment that ``text`` names: RFC 3339, a day (its beginning in UTC), or a time before now, such as ``2h``.

    Raises UnusableError.
    """
    if is_moment(text):
        try:
            return moment_of(text).astimezone(UTC)
        except OverflowError:
            raise UnusableError("must be a time within the years 1 to 9999 in UTC") from None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        return now - _ago(text)
    except UnusableError:
        raise UnusableError(
            "must be a time such as 2026-03-01T12:00:00Z, a day such as 2026-03-01, or a duration before now, such as 2h"
        ) from None


def wanted_events(words: Mapping[str, str], now: datetime) -> EventFilter:
    """The filter for options such as ``since`` and ``status``; other options are ignored. Raises UnusableError."""
    texts = {name: words.get(name) for name in ("source", "type", "reference", "amount", "id_part", "text")}
    moments = {name: read_moment(words[name], now) for name in ("since", "until") if words.get(name)}
    status = Status(words["status"]) if words.get("status") else None
    if texts["text"] is not None and "since" not in moments:
        raise UnusableError("a search for text needs a range of time: add --since")
    return EventFilter(**texts, since=moments.get("since"), until=moments.get("until"), status=status)


def scan_warning(wanted: EventFilter, *, on_aws: bool) -> str | None:
    """Why a search reads more than it needs to; None where an index finds the events."""
    if wanted.since is not None:
        return None
    if on_aws and wanted.status in (Status.RECEIVED, Status.FAILED):
        return None
    if on_aws:
        return "without --since this reads the whole table, which AWS charges for"
    if wanted.reference is not None or wanted.status not in (None, Status.ROUTED):
        return None
    if wanted.amount is None and wanted.id_part is None:
        return None
    return "without --since this reads events until it has found enough"
