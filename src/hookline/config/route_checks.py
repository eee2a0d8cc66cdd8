"""Routes that can never match, and routes that add nothing: refused, because nobody would notice that they have no effect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hookline.config.possible import possible
from hookline.config.reader import is_misspelt, nearest
from hookline.config.units import shown
from hookline.domain.message import ALWAYS, LATER, VIEW
from hookline.domain.transaction import ATTRIBUTES
from hookline.providers import GENERAL, PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.config.possible import Possible
    from hookline.config.reader import Place
    from hookline.domain.route import Route
    from hookline.domain.source import Source

__all__ = ["check_match", "check_repeats", "possible_events"]

_OTHER_NAMES = {"detail": "data", "detail-type": "type", "subject": "type"}
"""Names that EventBridge and other CloudEvents use for some keys."""
_SHAPES = {
    "id": 'an id is "SOURCE:DELIVERY-ID", such as "{source}:evt_1"',
    "type": "a type has 1 to 256 characters",
    "time": 'a time is RFC 3339 text, such as "2026-03-01T12:00:00Z"',
    "bodysha256": "a digest is 64 digits of 0-9 and a-f",
    "transactionamount": 'an amount is decimal text, such as "12.50"',
    "transactionclaimed": 'an amount is decimal text, such as "12.50"',
    "transactioncurrency": "a currency is three capital letters",
    "transactiontime": 'a time is RFC 3339 text, such as "2026-03-01T12:00:00Z"',
}


def possible_events(sources: Sequence[Source], written: object) -> list[Possible]:
    """The possible events of each source; ``written`` is the table of all sources. Empty if any source is not usable."""
    if not isinstance(written, dict) or len(sources) != len(written):
        return []
    return [possible(source, _type_expression(source, written[source.name])) for source in sources]


def _type_expression(source: Source, table: object) -> str | None:
    """Where the type is found; None for a named sender's own place, because there a default type is possible too."""
    explicit = table.get("type") if isinstance(table, dict) else None
    own = PROVIDERS[source.scheme].find_type if source.scheme in GENERAL else None
    return explicit if isinstance(explicit, str) else own


def check_match(place: Place, pattern: Mapping[str, object], events: Sequence[Possible]) -> None:
    """Complain of conditions that no event can meet. ``pattern`` has been compiled; without ``events`` only its keys are checked."""
    before = len(place.complaints)
    for key, wanted in pattern.items():
        if key == "$or" and isinstance(wanted, list):
            for index, branch in enumerate(wanted):
                check_match(place.at(key, index), branch, events)
        else:
            _check_field(place.at(key), key, wanted, events)
    if events and len(place.complaints) == before and not any(_can_match(pattern, one) for one in events):
        place.complain("can never match: no source has events that meet all of these conditions")


def _can_match(pattern: Mapping[str, object], events: Possible) -> bool:
    return all(
        any(_can_match(branch, events) for branch in wanted)
        if key == "$or" and isinstance(wanted, list)
        else events.takes(key, wanted)
        for key, wanted in pattern.items()
    )


def _check_field(place: Place, key: str, wanted: object, events: Sequence[Possible]) -> None:
    if key not in VIEW:
        place.complain(_unknown(key))
    elif isinstance(wanted, list):
        for index, value in enumerate(wanted):
            if events and (not any(one.takes(key, [value]) for one in events) or _is_misspelt_type(key, value, events)):
                place.at(index).complain(_never(key, value, events))
    elif key != "data":
        place.complain(f"{key} is text and has no fields: write a list of values")
    elif events and not any(one.takes(key, wanted) for one in events):
        place.complain(_never(key, wanted, events))


def _is_misspelt_type(key: str, value: object, events: Sequence[Possible]) -> bool:
    """Whether the type is probably a misspelling of a type that new events have; any other may be the type of older, stored events."""
    if key != "type" or not isinstance(value, str) or any(one.listed is None for one in events):
        return False
    listed = {name for one in events for name in one.listed or ()}
    return value not in listed and is_misspelt(value, listed)


def _unknown(key: str) -> str:
    first, dot, rest = key.partition(".")
    if dot and first in VIEW:
        return (
            f"an event has no {shown(key)}: a key with a dot is one name, not a path; write {first} = {{ {rest} = … "
            "}}"
        )
    if key in LATER:
        return f"no route can use {key}: its value is set after the event was routed"
    name = _OTHER_NAMES.get(key.lower()) or nearest(key.lower(), sorted(VIEW))
    return f"an event has no {shown(key)}; the nearest key is {name!r}. The fields of the body are under data"


def _never(key: str, value: object, events: Sequence[Possible]) -> str:
    if all(key in one.absent for one in events):
        return "can never match: " + (
            "no source here reports transactions" if key in ATTRIBUTES else "no source here accepts JSON"
        )
    if isinstance(value, dict) and value.get("exists") is False and key in ALWAYS:
        return f"can never match: every event has {key}"
    known = {str(text) for one in events for text in one.values.get(key, (one.listed or ()) if key == "type" else ())}
    if isinstance(value, str) and known:
        return f"can never match: no event has this {key}; the most similar one is {nearest(value, sorted(known))!r}"
    if known:
        return f"can never match: {key} is one of {', '.join(sorted(known)[:5])}"
    if not isinstance(value, str | dict):
        return f"can never match: {key} is text"
    source = next(iter(events[0].values["source"])).removeprefix("hookline/")
    return f"can never match: {_SHAPES.get(key, f'{key} is text').format(source=source)}"


def check_repeats(place: Place, routes: Sequence[tuple[Route | None, object]]) -> None:
    """Complain of a route that adds nothing, because an earlier one has the same pattern and its queues."""
    seen: dict[str, list[tuple[int, set[str]]]] = {}
    for index, (route, match) in enumerate(routes):
        if route is None:
            continue
        queues = set(route.queues)
        same = seen.setdefault(json.dumps(match, sort_keys=True, default=str), [])
        for earlier, theirs in same:
            if queues and queues <= theirs:
                place.at(index).complain(f"adds nothing: routes[{earlier}] sends the same events to the same queues")
                break
        same.append((index, queues))
