"""The states of a connection, and which event leads from one to another.

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

A request may begin while earlier ones are answered; the state is that of the newest. Which part of a request is arriving, its head or its
body, is known by the reader, and which requests wait for their answer by the protocol.
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
    """What is expected of the sender, and what it can expect. Integers, because the hash of other members is computed in Python."""

    SILENT = auto()  # it has never sent a byte
    RECEIVING = auto()  # a request has begun
    DISCARDING = auto()  # a request was answered before its end; the rest of its body is not wanted
    ANSWERING = auto()  # every request that has begun is whole, and the answer to one of them is still to come
    IDLE = auto()  # every request is answered
    DRAINING = auto()  # nothing more is read; the answers to earlier requests are still to come
    LINGERING = auto()  # the last answer is written; the connection stays open for the sender to read it
    CLOSED = auto()  # closed, or closes as soon as the sender has read its answers


class Event(IntEnum):
    """What happens to a connection."""

    REQUEST_BEGINS = auto()  # its first byte is here
    REQUEST_ENDS = auto()  # its last byte is here
    ANSWERED_EARLY = auto()  # the answer to a request that is still arriving is written
    ALL_ANSWERED = auto()  # no whole request waits for its answer any more
    READING_ENDS = (
        auto()
    )  # the sender has ended its side, or what it sends is not HTTP, while earlier requests wait for answers
    LAST_WRITTEN = auto()  # the last answer is written, perhaps before the sender has sent everything
    CLOSES = auto()


SILENT, RECEIVING, DISCARDING, ANSWERING, IDLE, DRAINING, LINGERING, CLOSED = State
REQUEST_BEGINS, REQUEST_ENDS, ANSWERED_EARLY, ALL_ANSWERED, READING_ENDS, LAST_WRITTEN, CLOSES = Event
"""The members as names of this module: looking up a member in its class costs a request several microseconds."""


class _Row(dict[Event, State]):
    """What each event leads to. One that is not in the table is a defect of hookline: AssertionError."""

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
