"""Shows the sources: last event, rejected share, secrets, and the URL for the sender."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.config.units import duration_text
from hookline.dashboard.schema import BOOLEAN, COUNT, MOMENT, TEXT, choice, listed, mapping, named, nullable, of
from hookline.dashboard.views.rates import SOURCE_RATES, source_rates
from hookline.domain.moment import moment_text
from hookline.domain.pause import HOLDS, Paused, PauseState
from hookline.errors import NotFoundError, UnavailableError
from hookline.pipeline.arm import learned_state
from hookline.pipeline.pauses import source_warning
from hookline.ports.event_store import EventFilter
from hookline.providers import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.handshake import Armed
    from hookline.domain.pause import Pause
    from hookline.domain.source import Source
    from hookline.ports.event_store import StoredEvent

__all__ = ["SECRET_USE", "SOURCE", "SOURCES", "SOURCE_DETAIL", "source", "sources"]

_LOOKED_AT: Final = {"embedded": 1000, "aws": 100}
"""How many of the newest events of a source are read for the uses of its secrets. On AWS each read is charged."""

_SOURCE: Final = {
    "name": TEXT,
    "title": TEXT,
    "scheme": TEXT,
    "path": TEXT,
    "url": nullable(TEXT),
    "methods": listed(TEXT),
    "last_event_at": nullable(MOMENT),
    "last_event_id": nullable(TEXT),
    "rates": nullable(SOURCE_RATES),
    "rejected_kept": nullable(COUNT),
    "secrets": listed(TEXT),
    "learns_secret": BOOLEAN,
    "armed_until": nullable(MOMENT),
    "armed_from": listed(TEXT),
    "armed_for": nullable(TEXT),
    "brought": mapping(MOMENT),
    "state": choice("active", *PauseState),
    "held": COUNT,
    "pause": nullable(of(since=MOMENT, by=TEXT, reason=nullable(TEXT))),
}
SOURCE: Final = of(**_SOURCE)
SOURCES: Final = of(sources=listed(named("Source")), missing_rights=listed(TEXT))
SECRET_USE: Final = of(
    secret=TEXT,
    named=BOOLEAN,
    is_missing=nullable(BOOLEAN),
    brought_at=nullable(MOMENT),
    last_used_at=nullable(MOMENT),
    last_event_id=nullable(TEXT),
    events=COUNT,
)
SOURCE_DETAIL: Final = of(
    source=named("Source"),
    secret_uses=listed(named("SecretUse")),
    looked_at=COUNT,
    looked_at_all=BOOLEAN,
    warning=nullable(TEXT),
    on_conflict=TEXT,
    max_body=COUNT,
    max_age=nullable(TEXT),
    missing_rights=listed(TEXT),
)


def sources(room: ControlRoom) -> dict[str, object]:
    """Every source of the configuration, in its order."""
    config = room.config()
    learned, pauses = _learned(room), _pauses(room)
    shown = [_document(room, one, learned, pauses.get(one.name)) for one in config.sources]
    return {"sources": shown, "missing_rights": room.missing_rights}


def source(room: ControlRoom, name: str) -> dict[str, object]:
    """One source, with its secrets and when each last verified an event. Raises NotFoundError."""
    config = room.config()
    found = next((one for one in config.sources if one.name == name), None)
    if found is None:
        raise NotFoundError(f"there is no source {name} in the configuration")
    most = _LOOKED_AT[room.home]
    newest = room.known(lambda: room.events.find(EventFilter(source=name), limit=most), [])
    document = {
        "source": _document(room, found, _learned(room), _pauses(room).get(name)),
        "secret_uses": _secret_uses(room, found, newest),
        "looked_at": len(newest),
        "looked_at_all": len(newest) < most,
        "warning": source_warning(config, name),
        "on_conflict": found.on_conflict.value,
        "max_body": found.max_body,
        "max_age": None if found.max_age is None else duration_text(found.max_age),
    }
    return {**document, "missing_rights": room.missing_rights}


def _document(
    room: ControlRoom,
    one: Source,
    learned: tuple[Mapping[str, Armed], Mapping[str, datetime]],
    pause: Pause | None,
) -> dict[str, object]:
    armed, brought = learned[0].get(one.name), learned[1]
    last = next(iter(room.known(lambda: room.events.find(EventFilter(source=one.name), limit=1), ())), None)
    quarantine, webhook_url = room.quarantine, room.webhook_url
    provider = PROVIDERS.get(one.scheme)
    return {
        "name": one.name,
        "title": one.scheme if provider is None else provider.title,
        "scheme": one.scheme,
        "path": one.path,
        "url": None if webhook_url is None else room.known(lambda: webhook_url(one.path), None),
        "methods": list(one.methods),
        "last_event_at": None if last is None else moment_text(last.event.received_at),
        "last_event_id": None if last is None else last.event.id,
        "rates": source_rates(room, one.name),
        "rejected_kept": None if quarantine is None else room.known(lambda: len(quarantine.ids(source=one.name)), None),
        "secrets": list(one.secret_names),
        "learns_secret": one.learns_secret,
        "armed_until": None if armed is None else moment_text(armed.until),
        "armed_from": [] if armed is None else list(armed.networks),
        "armed_for": None if armed is None else armed.secret,
        "brought": {name: moment_text(brought[name]) for name in one.secret_names if name in brought},
        "state": "active" if pause is None else pause.state.value,
        "held": room.known(lambda: room.pauses.held.count(one.name), 0)
        if pause is not None and pause.state in HOLDS
        else 0,
        "pause": None
        if pause is None
        else {"since": moment_text(pause.since), "by": pause.actor, "reason": pause.reason},
    }


def _secret_uses(room: ControlRoom, one: Source, newest: list[StoredEvent]) -> list[dict[str, object]]:
    """The named secrets in their order, then others that verified an event, which were removed by a rotation."""
    uses: dict[str, list[StoredEvent]] = {}
    for stored in newest:
        if (name := stored.event.metadata.get("secret")) is not None:
            uses.setdefault(name, []).append(stored)
    brought = room.known(lambda: room.arming.kept_at(one.secret_names), {}) if one.learns_secret else {}
    return [
        {
            "secret": name,
            "named": name in one.secret_names,
            "is_missing": _is_missing(room, name) if name in one.secret_names else False,
            "brought_at": moment_text(brought[name]) if name in brought else None,
            "last_used_at": moment_text(uses[name][0].event.received_at) if name in uses else None,
            "last_event_id": uses[name][0].event.id if name in uses else None,
            "events": len(uses.get(name, [])),
        }
        for name in dict.fromkeys((*one.secret_names, *uses))
    ]


def _is_missing(room: ControlRoom, name: str) -> bool | None:
    """Whether the secret has no value; None without the right to know that."""

    def is_missing() -> bool:
        try:
            return not room.secrets().read([name])
        except UnavailableError as fault:
            if fault.missing_right is not None:
                raise
            return True

    return room.known(is_missing, None)


def _learned(room: ControlRoom) -> tuple[Mapping[str, Armed], Mapping[str, datetime]]:
    """The armed sources, and when secrets arrived, by their names."""
    config = room.config()
    return room.known(lambda: learned_state(room.arming, config), ({}, {})) if config.learning_sources else ({}, {})


def _pauses(room: ControlRoom) -> Mapping[str, Pause]:
    found = room.known(room.pauses.pauses.all, ())
    return {one.name: one for one in found if one.kind is Paused.SOURCE and one.state is not PauseState.RELEASED}
