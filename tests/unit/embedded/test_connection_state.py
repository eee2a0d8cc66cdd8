"""The table of a connection's states."""

from __future__ import annotations

import itertools

import pytest

from hookline.runtimes.embedded import connection_state
from hookline.runtimes.embedded.connection_state import TRANSITIONS, Event, State

PAIRS = list(itertools.product(State, Event))


def _reachable(start: State) -> set[State]:
    """The states that some events lead to from ``start``, and ``start`` itself."""
    found, new = set[State](), {start}
    while new:
        found |= new
        new = {after for state in new for after in TRANSITIONS[state].values()} - found
    return found


def test_every_state_is_reached_from_a_new_connection() -> None:
    """A state that is never entered is code that never runs."""
    assert _reachable(State.SILENT) == set(State) == set(TRANSITIONS)


def test_every_event_happens_in_some_state() -> None:
    """An event that no state knows would be refused wherever it is reported."""
    assert {event for row in TRANSITIONS.values() for event in row} == set(Event)


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_every_state_can_close_immediately(state: State) -> None:
    """Networks fail at any time, and a connection that cannot be closed keeps its file."""
    assert TRANSITIONS[state][Event.CLOSES] is State.CLOSED


@pytest.mark.parametrize(("state", "event"), PAIRS, ids=lambda member: member.name)
def test_a_pair_is_in_the_table_or_refused(state: State, event: Event) -> None:
    """A defect of the protocol is reported where it happens, not when the wrong deadline fires a minute later."""
    if event in TRANSITIONS[state]:
        assert TRANSITIONS[state][event] in State
    else:
        with pytest.raises(AssertionError, match=f"^{event.name} cannot happen .* {state.name}$"):
            TRANSITIONS[state][event]


def test_nothing_leads_back_to_requests_once_reading_has_ended() -> None:
    """RFC 9112 section 9.6: bytes after the last request are not a request."""
    assert _reachable(State.DRAINING) == {State.DRAINING, State.CLOSED}
    assert _reachable(State.LINGERING) == {State.LINGERING, State.CLOSED}
    assert _reachable(State.CLOSED) == {State.CLOSED}


def test_the_drawing_names_every_state_and_event() -> None:
    """A reader looks at it first."""
    drawing = connection_state.__doc__ or ""

    assert [member.name for member in (*State, *Event) if member.name not in drawing] == []
