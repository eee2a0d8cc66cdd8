"""The document of the events page: the filters and a page of results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from hookline.dashboard.views.events import events, summary
from hookline.domain.event import Status
from hookline.domain.transaction import TRANSACTION_REFERENCE
from hookline.pipeline.find import scan_warning, wanted_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.dashboard.control_room import ControlRoom

__all__ = ["WORDS", "events_page"]

WORDS: Final = ("id", "reference", "amount", "source", "type", "status", "since", "until", "text")
"""The parameters of the page's address, in the order of its fields."""

_LABELS: Final[Mapping[str, str]] = {
    "id": "id",
    "reference": "reference",
    "amount": "amount",
    "source": "source",
    "type": "type",
    "status": "status",
    "since": "since",
    "until": "before",
    "text": "text",
}
_TEXT_SINCE: Final = "24h"
"""The default time range of a text search, because it has to read every body."""


def events_page(room: ControlRoom, parameters: Mapping[str, str]) -> dict[str, object]:
    """A page of the events that match the words. Raises Rejected ``parameter_invalid``."""
    given = {name: parameters[name].strip() for name in WORDS if parameters.get(name, "").strip()}
    if "text" in given and "since" not in given:
        given["since"] = _TEXT_SINCE
    exact = _exactly(room, given) if "before" not in parameters else []
    found = {"events": exact, "next": None} if exact else _found(room, given, parameters.get("before"))
    rows = found["events"]
    assert isinstance(rows, list)  # noqa: S101 -- both documents say so
    return {
        **found,
        "given": given,
        "chips": [_chip(name, given) for name in WORDS if name in given],
        "sources": sorted(source.name for source in room.config().sources),
        "statuses": [*Status],
        "types": sorted({str(row["type"]) for row in rows}),
        "query": urlencode(given),
        "export": urlencode(_api_words(given)),
        "warning": _warning(room, given),
        "is_first": "before" not in parameters,
        "reference_of": TRANSACTION_REFERENCE,
    }


def _found(room: ControlRoom, given: Mapping[str, str], before: str | None) -> dict[str, object]:
    return events(room, _api_words(given), before=before or None)


def _api_words(given: Mapping[str, str]) -> dict[str, str]:
    """The filters in the words of the API."""
    return {"id_part" if name == "id" else name: value for name, value in given.items()}


def _exactly(room: ControlRoom, given: Mapping[str, str]) -> list[dict[str, object]]:
    """The events whose complete id, or delivery id, was given: each needs only one look-up, so that a pasted id is found quickly."""
    wanted = given.get("id")
    if wanted is None or set(given) - {"id", "source"}:
        return []
    sources = [given["source"]] if "source" in given else [source.name for source in room.config().sources]
    ids = dict.fromkeys([*([wanted] if ":" in wanted else []), *(f"{name}:{wanted}" for name in sources)])
    found = [stored for event_id in ids if (stored := room.events.get(event_id)) is not None]
    return [summary(room, stored) for stored in found if given.get("source") in (None, stored.event.source)]


def _chip(name: str, given: Mapping[str, str]) -> dict[str, str]:
    """A chosen filter, and the address of the page without it."""
    rest = urlencode({other: value for other, value in given.items() if other != name})
    return {"label": _LABELS[name], "value": given[name], "without": f"/events?{rest}" if rest else "/events"}


def _warning(room: ControlRoom, given: Mapping[str, str]) -> str | None:
    """A note why this search may take long."""
    wanted = wanted_events(_api_words(given), room.now())
    return scan_warning(wanted, on_aws=room.home == "aws")
