"""``[canary]``: adds hookline's own source, queue and route, which test hookline without a customer's event.

No route of the project gets its events, and its queue gets no other events.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.config.keys import KEYS
from hookline.config.loading import parse
from hookline.config.reader import read_table
from hookline.config.units import UnusableError, duration, duration_text
from hookline.domain.canary import CANARY, Canary
from hookline.errors import Complaint, ConfigError
from hookline.patterns import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hookline.config.model import Config
    from hookline.config.reader import Place
    from hookline.domain.queue import Queue
    from hookline.domain.route import Match
    from hookline.domain.source import Source

__all__ = [
    "CANARY",
    "CANARY_PATH",
    "CANARY_SECRET",
    "canary_config",
    "check_canary_secret",
    "read_canary",
    "with_canary",
    "with_wanted_canary",
]

CANARY_PATH = f"/webhook/{CANARY}"
CANARY_SECRET = "HOOKLINE_CANARY_SECRET"  # noqa: S105 -- the name of a secret

_DEFAULT = Canary()
_MINUTE = timedelta(minutes=1)
_EVERY = duration(_MINUTE, timedelta(hours=1))
_LATE_AFTER = duration(timedelta(seconds=1), timedelta(minutes=5))

_TAKEN = (
    "belongs to hookline's canary ([canary], or hookline:canary of a stack): choose another name, or disable the canary"
)
_SECRET_TAKEN = f"has its own secret with the name {CANARY_SECRET}: choose another name for yours"

_TEXT = f"""
[sources.{CANARY}]
path = "{CANARY_PATH}"
verify = {{ scheme = "standard-webhooks", secrets = ["{CANARY_SECRET}"] }}
max_body = "4kb"
retention = "1d"
[queues.{CANARY}]
max_receives = 20
retention = "1h"
dead_letter_retention = "1d"
[[routes]]
match = {{ source = ["hookline/{CANARY}"] }}
queues = ["{CANARY}"]
"""


def read_canary(root: Place, value: object, sources: Iterable[Source], queues: Iterable[Queue]) -> Canary:
    """How often an event is sent, and when it is late; first complains about ``sources`` and ``queues`` that have the canary's names."""
    for where in _own_names(sources, queues):
        root.at(*where).complain(_TAKEN)
    table = read_table(root.at("canary"), value, KEYS["canary"])
    every = table.read("every", _whole_minutes, _DEFAULT.every)
    late_after = table.read("late_after", _LATE_AFTER, _DEFAULT.late_after)
    if 2 * late_after > every:
        table.at("late_after").complain(
            f"must be at most half of every ({duration_text(every)}): hookline sends the next event after twice this time"
        )
    return Canary(every=every, late_after=late_after)


def check_canary_secret(root: Place, config: Config) -> None:
    """Complain if the project uses the name of the canary's secret: a server would use the canary's value instead of the project's."""
    if config.canary is not None and CANARY_SECRET in config.local_secret_names:
        root.at("canary").complain(_SECRET_TAKEN)


def _whole_minutes(value: object) -> timedelta:
    """A duration that EventBridge Scheduler supports too, so that both homes accept the same values."""
    every = _EVERY(value)
    if every % _MINUTE:
        raise UnusableError("must be whole minutes, such as 1m or 5m")
    return every


@lru_cache(maxsize=1)
def canary_config() -> Config:
    """A configuration with only the canary."""
    return parse(_TEXT, base=Path())


def with_canary(config: Config) -> Config:
    """The project with the canary added to its own sources and queues. Raises ConfigError if the project uses one of the canary's names."""
    if complaints := _taken(config):
        raise ConfigError(complaints)
    canary = canary_config()
    routes = tuple(replace(route, match=_not_of_the_canary(route.match)) for route in config.routes)
    return replace(
        config,
        sources=(*config.sources, *canary.sources),
        queues=(*config.queues, canary.queue(CANARY)),
        routes=(*routes, *canary.routes),
        schemes=MappingProxyType({**config.schemes, **canary.schemes}),
    )


def with_wanted_canary(config: Config) -> Config:
    """The project with the canary if it has a ``[canary]``; unchanged if the canary is in it already."""
    if config.canary is None or any(source.name == CANARY for source in config.sources):
        return config
    return with_canary(config)


def _not_of_the_canary(match: Match) -> Match:
    """A copy of the pattern that never matches the canary's events.

    The result is a pattern too, so that its route can be found by an index.
    """
    assert isinstance(match, Pattern)  # noqa: S101 -- a configuration creates its routes from patterns only
    matches = match.matches
    return replace(
        match,
        reads=match.reads | {"source"},
        matches=lambda event: event["source"] != f"hookline/{CANARY}" and matches(event),
    )


def _taken(config: Config) -> list[Complaint]:
    names = [Complaint(where=".".join(where), why=_TAKEN) for where in _own_names(config.sources, config.queues)]
    secrets = [Complaint(where="canary", why=_SECRET_TAKEN)] if CANARY_SECRET in config.local_secret_names else []
    return [*names, *secrets]


def _own_names(sources: Iterable[Source], queues: Iterable[Queue]) -> list[tuple[str, str]]:
    """The project's sources and queues that have a name or the path of the canary."""
    found = [("sources", one.name) for one in sources if one.name == CANARY or one.path == CANARY_PATH]
    return found + [("queues", one.name) for one in queues if one.name == CANARY]
