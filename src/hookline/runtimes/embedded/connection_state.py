"""The states of a connection, and the events that change them.

::

      SILENT                     DISCARDING
         |                        ^      |
         | REQUEST_BEGINS         |      | REQUEST_ENDS
         v       ANSWERED_EARLY   |      v
      RECEIVING ------------------+     IDLE ---> RECEIVING  (REQUEST_BEGINS)
         |  ^                            ^
         |  | REQUEST_BEGINS (pipelined) |
         v  |                            |
      ANSWERING -------------------------+
       (REQUEST_ENDS)         ALL_ANSWERED

      RECEIVING, ANSWERING --------------------> DRAINING   (READING_ENDS)
      SILENT, IDLE, RECEIVING, DISCARDING -----> LINGERING  (LAST_WRITTEN)
      each of them ----------------------------> CLOSED     (CLOSES)

A request may begin while earlier ones are answered; the state is that of the newest request. The reader knows whether the head or the body
of a request is arriving, and the protocol knows which requests wait for their answers.
"""

from __future__ import annotations

from enum import IntEnum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ALL_ANSWERED",
    "ANSWERED_EARLY",
    "ANSWERING",
    "CLOSED",
    "CLOSES",
    "DISCARDING",
    "DRAINING",
    "IDLE",
    "LAST_WRITTEN",
    "LINGERING",
    "READING_ENDS",
    "RECEIVING",
    "REQUEST_BEGINS",
    "REQUEST_ENDS",
    "SILENT",
    "TRANSITIONS",
    "Event",
    "State",
]


class State(IntEnum):
    """The state of a connection. Members are integers, because Python would compute the hash of other members slowly."""

    SILENT = auto()  # the sender has never sent a byte
    RECEIVING = auto()  # a request has begun
    DISCARDING = auto()  # a request was answered before its end; the rest of its body is not wanted
    ANSWERING = auto()  # all begun requests are complete, and at least one has no answer yet
    IDLE = auto()  # every request is answered
    DRAINING = auto()  # no more is read; earlier requests still wait for their answers
    LINGERING = auto()  # the last answer is written; the connection stays open for the sender to read it
    CLOSED = auto()  # closed, or closing as soon as the sender has read its answers


class Event(IntEnum):
    """The event that changes the state of a connection."""

    REQUEST_BEGINS = auto()  # the first byte of a request was received
    REQUEST_ENDS = auto()  # the last byte of a request was received
    ANSWERED_EARLY = auto()  # a request that is still arriving was answered
    ALL_ANSWERED = auto()  # no complete request waits for its answer any more
    READING_ENDS = auto()  # the sender has ended its side, or sends no HTTP, while earlier requests wait for answers
    LAST_WRITTEN = auto()  # the last answer is written, perhaps before the sender has sent everything
    CLOSES = auto()


SILENT, RECEIVING, DISCARDING, ANSWERING, IDLE, DRAINING, LINGERING, CLOSED = State
REQUEST_BEGINS, REQUEST_ENDS, ANSWERED_EARLY, ALL_ANSWERED, READING_ENDS, LAST_WRITTEN, CLOSES = Event
"""The members as names of this module, because looking up a member in its class takes several microseconds per request."""


class _Row(dict[Event, State]):
    """The next state for each event. An event that is not in the table is a bug in hookline: AssertionError."""

    def __missing__(self, event: Event) -> State:
        state = next(state for state, row in TRANSITIONS.items() if row is self)
        raise AssertionError(f"{event.name} cannot happen to a connection that is {state.name}")


TRANSITIONS: Final[Mapping[State, Mapping[Event, State]]] = {
    SILENT: _Row({REQUEST_BEGINS: RECEIVING, LAST_WRITTEN: LINGERING, CLOSES: CLOSED}),
    RECEIVING: _Row(
        {
            REQUEST_ENDS: ANSWERING,
            ANSWERED_EARLY: DISCARDING,
            ALL_ANSWERED: RECEIVING,
            READING_ENDS: DRAINING,
            LAST_WRITTEN: LINGERING,
            CLOSES: CLOSED,
        }
    ),
    DISCARDING: _Row({REQUEST_ENDS: IDLE, LAST_WRITTEN: LINGERING, CLOSES: CLOSED}),
    ANSWERING: _Row({REQUEST_BEGINS: RECEIVING, ALL_ANSWERED: IDLE, READING_ENDS: DRAINING, CLOSES: CLOSED}),
    IDLE: _Row({REQUEST_BEGINS: RECEIVING, LAST_WRITTEN: LINGERING, CLOSES: CLOSED}),
    DRAINING: _Row({READING_ENDS: DRAINING, CLOSES: CLOSED}),
    LINGERING: _Row({READING_ENDS: LINGERING, LAST_WRITTEN: LINGERING, CLOSES: CLOSED}),
    CLOSED: _Row({CLOSES: CLOSED}),
}
"""``TRANSITIONS[state][event]`` is the state that the event leads to."""
