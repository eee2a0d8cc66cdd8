"""Template filters for times, sizes, numbers and JSON."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from hookline.domain.counted import counted, how_often

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "FILTERS",
    "ago",
    "delivery_id",
    "event_api_url",
    "event_url",
    "json_tokens",
    "number",
    "percent",
    "rate",
    "replay_url",
    "size",
    "span",
    "tone",
    "utc",
]

_STEPS: Final = ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h"), (45 * 86_400, 86_400, "d"))

_TONES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "routed": "ok",
        "received": "info",
        "unmatched": "warn",
        "failed": "bad",
        "held": "warn",
        "waiting": "info",
        "with a consumer": "info",
        "delayed": "info",
        "deleted": "ok",
        "sent": "info",
        "consumed": "ok",
        "dead": "bad",
        "paused": "warn",
        "armed": "warn",
        "accepted": "ok",
        "rejected": "bad",
    }
)

_TOKEN: Final = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*")|(?P<digit>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>true|false|null)'
)
_MOST_COLOURED: Final = 200_000
"""The most characters of a coloured text: a longer one is shown in one colour, because a browser draws many elements slowly."""


def ago(text: str, now: datetime) -> str:
    """How long before ``now`` the time ``text`` was, in the largest fitting unit; the date when it is more than 45 days."""
    moment = _moment(text)
    if moment is None:
        return text
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 2:  # noqa: PLR2004 -- nobody reads a difference of a second
        return "now"
    for limit, unit, name in _STEPS:
        if abs(seconds) < limit:
            count = int(abs(seconds) // unit)
            return f"{count} {name} ago" if seconds > 0 else f"in {count} {name}"
    return moment.date().isoformat()


def utc(text: str) -> str:
    """The time in milliseconds, in UTC."""
    moment = _moment(text)
    return text if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03} UTC"


def span(seconds: float | None) -> str:
    """A duration for people: ``850 ms``, ``42 s``, ``3 min 5 s``, ``2 h 10 min``, ``4 d 1 h``."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    whole = int(seconds)
    for unit, name, lower, lower_name in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= unit:
            rest = whole % unit // lower
            return f"{whole // unit} {name} {rest} {lower_name}" if rest else f"{whole // unit} {name}"
    return f"{whole} s"


def size(count: float | None) -> str:
    """Bytes with a unit: ``312 B``, ``4.1 KiB``."""
    if count is None:
        return ""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:  # noqa: PLR2004 -- a kibibyte
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"  # noqa: PLR2004
        value /= 1024
    return f"{value:.1f} TiB"


def number(value: float | None) -> str:
    """A number with thousands separators."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def delivery_id(event_id: str) -> str:
    """The sender's part of the id, for places that also show the source."""
    return event_id.partition(":")[2] or event_id


def event_url(event_id: str) -> str:
    """The address of an event's page. An id may contain all characters except control characters, also slashes and question marks."""
    return f"/events/{quote(event_id, safe=':')}"


def event_api_url(event_id: str) -> str:
    """The event's address in the API."""
    return f"/api{event_url(event_id)}"


def replay_url(event_id: str) -> str:
    """The address of the plan of a replay of the event."""
    return f"/replay/{quote(event_id, safe=':')}"


def rate(value: float | None) -> str:
    """A rate per second: a small one with a fraction, a large one without."""
    if value is None:
        return ""
    if value and value < 10:  # noqa: PLR2004 -- below, a fraction matters
        return f"{value:.2f}".rstrip("0").rstrip(".") if value >= 0.01 else "< 0.01"  # noqa: PLR2004
    return f"{value:,.0f}"


def percent(share: float | None) -> str:
    """A share between 0 and 1, in percent."""
    if share is None:
        return ""
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def tone(word: str) -> str:
    """The colour of a word: ok, warn, bad, info, or none."""
    return _TONES.get(word, "")


def json_tokens(text: str) -> Iterator[tuple[str, str]]:
    """The pieces of the text, each with its kind: key, string, digit, word or none. Joined, they are the text."""
    if len(text) > _MOST_COLOURED:
        yield "", text
        return
    at = 0
    for found in _TOKEN.finditer(text):
        if found.start() > at:
            yield "", text[at : found.start()]
        yield found.lastgroup or "", found[0]
        at = found.end()
    if at < len(text):
        yield "", text[at:]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


FILTERS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "ago": ago,
        "counted": counted,
        "delivery_id": delivery_id,
        "event_api_url": event_api_url,
        "event_url": event_url,
        "how_often": how_often,
        "json_tokens": json_tokens,
        "number": number,
        "percent": percent,
        "rate": rate,
        "replay_url": replay_url,
        "size": size,
        "span": span,
        "tone": tone,
        "utc": utc,
    }
)
"""The filters by their names in templates."""
