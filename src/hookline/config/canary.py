"""The canary: a source, a queue and a route of hookline's own, to try an environment out without a customer's event.

No route of the project sees its events, and its queue gets no others.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.config.loading import parse
from hookline.errors import Complaint, ConfigError
from hookline.patterns import Pattern

if TYPE_CHECKING:
    from hookline.config.model import Config
    from hookline.domain.route import Match

__all__ = ["CANARY", "CANARY_PATH", "CANARY_SECRET", "canary_config", "with_canary"]

CANARY = "hookline-canary"
"""The name of the source and of the queue."""
CANARY_PATH = f"/webhook/{CANARY}"
CANARY_SECRET = "HOOKLINE_CANARY_SECRET"  # noqa: S105 -- its name

_TEXT = f"""
[sources.{CANARY}]
path = "{CANARY_PATH}"
verify = {{ scheme = "standard-webhooks", secrets = ["{CANARY_SECRET}"] }}
max_body = "4kb"
[queues.{CANARY}]
retention = "1h"
dead_letter_retention = "1d"
[[routes]]
match = {{ source = ["hookline/{CANARY}"] }}
queues = ["{CANARY}"]
"""


def canary_config() -> Config:
    """The canary by itself."""
    return parse(_TEXT, base=Path())


def with_canary(config: Config) -> Config:
    """The project with the canary beside its own sources and queues. Raises ConfigError where it has one of its names."""
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


def _not_of_the_canary(match: Match) -> Match:
    """The same pattern, which is never asked about the canary's events. It stays a pattern, so that its route can be looked up."""
    assert isinstance(match, Pattern)  # noqa: S101 -- a configuration makes its routes of nothing else
    matches = match.matches
    return replace(
        match,
        reads=match.reads | {"source"},
        matches=lambda event: event["source"] != f"hookline/{CANARY}" and matches(event),
    )


def _taken(config: Config) -> list[Complaint]:
    why = "belongs to hookline's canary (hookline:canary): choose another name, or switch the canary off"
    found = [
        Complaint(where=f"sources.{source.name}", why=why)
        for source in config.sources
        if source.name == CANARY or source.path == CANARY_PATH
    ]
    return found + [Complaint(where=f"queues.{CANARY}", why=why) for queue in config.queues if queue.name == CANARY]
