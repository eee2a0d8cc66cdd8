"""The live tail as server-sent events (text/event-stream)."""

from __future__ import annotations

from collections import Counter
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final

import orjson

from hookline.dashboard.api.operation import Operation, Parameter, Stream
from hookline.dashboard.schema import BOOLEAN, TEXT
from hookline.dashboard.views.tail import MOST_OF_ONE, MOST_WATCHERS, tail_of
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hookline.dashboard.api.operation import Call
    from hookline.pipeline.tail import TailLine

__all__ = ["OPERATIONS"]

_LOOKS: Final = {"embedded": 0.5, "aws": 2.0}
"""Seconds between two reads of the storage: on AWS each is charged."""

_LONGEST: Final = 3600
_PULSE: Final = 20
"""After this many reads without a new event a comment is sent, because proxies close silent connections."""

_MOST_FAULTS: Final = 10


class _Places:
    """Limits the watchers of this process to a few, because each reads the storage repeatedly."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken: Counter[str] = Counter()

    def take(self, actor: str) -> None:
        """Add a watcher. Raises UnavailableError where too many watch, or this caller watches too often."""
        with self._guard:
            if self._taken.total() >= MOST_WATCHERS:
                raise UnavailableError("overloaded", f"{MOST_WATCHERS} callers watch already", retry_after=10)
            if self._taken[actor] >= MOST_OF_ONE:
                raise UnavailableError("overloaded", f"you watch {MOST_OF_ONE} times already", retry_after=10)
            self._taken[actor] += 1

    def give_back(self, actor: str) -> None:
        """Remove a watcher."""
        with self._guard:
            self._taken[actor] -= 1
            self._taken += Counter()  # removes callers without a watcher


_places = _Places()


def _tail(call: Call) -> Stream:
    words = {name: value for name, value in call.values.items() if name in ("source", "type", "queue")}
    words["rejected"] = "yes" if call.values.get("rejected") else "no"
    watched = tail_of(call.room, words)
    every = _LOOKS[call.room.home]
    looks = int(call.values.get("seconds", _LONGEST) / every)
    return Stream(
        media_type="text/event-stream",
        parts=_parts(watched.look, looks),
        every=every,
        open=partial(_places.take, call.room.caller),
        close=partial(_places.give_back, call.room.caller),
    )


def _parts(look: Callable[[], list[TailLine]], looks: int) -> Iterator[bytes]:
    yield b": waiting\n\n"
    faults = 0
    for number in range(looks):
        try:
            lines, faults = look(), 0
        except UnavailableError:
            lines, faults = [], faults + 1
            if faults == _MOST_FAULTS:
                raise
        pulse = b": nothing new\n\n" if number % _PULSE == _PULSE - 1 else b""
        yield b"".join(map(_event, lines)) or pulse


def _event(line: TailLine) -> bytes:
    return b"data: " + orjson.dumps({"text": line.text, **line.document}) + b"\n\n"


OPERATIONS: Final = (
    Operation(
        name="tail",
        method="GET",
        path="/api/tail",
        summary="Send events as they arrive, as server-sent events",
        description="Each is one JSON document, with a line for a person in `text`. At most a few callers watch at a time.",
        parameters=(
            Parameter(name="source", schema=TEXT, description="Only events and requests of this source."),
            Parameter(name="type", schema=TEXT, description="Only events of this type."),
            Parameter(name="queue", schema=TEXT, description="Only events that the routes send to this queue."),
            Parameter(name="rejected", schema=BOOLEAN, description="Refused requests too."),
            Parameter(
                name="seconds",
                schema={"type": "integer", "minimum": 1, "maximum": _LONGEST},
                description="End the stream after this number of seconds.",
            ),
        ),
        answer=TEXT,
        media_type="text/event-stream",
        act=_tail,
    ),
)
