"""Reads refused requests from a function's log: on AWS they are recorded only there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final  # Any: a line is JSON of any shape

from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.pages import pages
from hookline.ports.watch import RefusedCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.adapters.aws.clients import LazyClient
    from hookline.ports.clock import Clock

__all__ = ["FunctionLog"]

_REFUSED: Final = 400
_PATTERN: Final = f"{{ $.status >= {_REFUSED} }}"
_LAG: Final = timedelta(seconds=30)
"""How long it may take until a written line can be found."""


class FunctionLog:
    """The requests that a validator refused, from its log lines. FilterLogEvents is free; a few calls a second are allowed."""

    def __init__(self, client: LazyClient, *, group: str, clock: Clock) -> None:
        self._client = opened(client)
        self._group = group
        self._began = self._since = clock.now()
        self._known: set[str] = set()

    def refused(self) -> list[RefusedCall]:
        """The requests that were refused since the last call, oldest first."""
        found = {event["eventId"]: event for event in self._events()}
        new = [event for key, event in found.items() if key not in self._known]
        self._known = set(found)
        times = [_moment(event) for event in found.values()]
        self._since = max([self._since, *(at - _LAG for at in times)])
        calls = (_refused(event) for event in sorted(new, key=lambda event: event["timestamp"]))
        return [call for call in calls if call is not None]

    def _events(self) -> Iterator[Mapping[str, Any]]:
        found = pages(
            self._client().filter_log_events,
            next_page="nextToken",
            logGroupName=self._group,
            filterPattern=_PATTERN,
            startTime=int(max(self._since, self._began).timestamp() * 1000),
        )
        for page in found:
            yield from page.get("events", ())


def _moment(event: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(event["timestamp"] / 1000, UTC)


def _refused(event: Mapping[str, Any]) -> RefusedCall | None:
    """The refused call that a log line describes; None for any other line."""
    try:
        line = json.loads(event["message"])
    except ValueError:
        return None
    if not isinstance(line, dict) or not isinstance(line.get("outcome"), str) or line.get("status", 0) < _REFUSED:
        return None
    return RefusedCall(
        at=_moment(event),
        source=line.get("source"),
        code=line["outcome"],
        size=line.get("bytes"),
        number=line.get("rejected"),
    )
