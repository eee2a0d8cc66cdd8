"""``storage confirm-clock``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from unit.cli.projects import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from unit.cli.projects import Store


@pytest.fixture
def stale(store: Store) -> Store:
    """The newest thing in the store is 400 days old, as it looks when the clock is ahead by so much."""
    store.keep(event("old", received_at=datetime.now(UTC) - timedelta(days=400)))
    return store


@pytest.mark.usefixtures("stale")
def test_the_times_are_shown_first_and_confirmed_on_request(run: Callable[..., Result]) -> None:
    """Confirming removes things: nobody does it without having seen the date."""
    shown = run("storage", "confirm-clock", "--json")
    confirmed = run("storage", "confirm-clock", "--yes", "--reason", "the machine was off")
    after = run("storage", "confirm-clock", "--json")

    first, last = json.loads(shown.stdout), json.loads(after.stdout)
    assert (first["in_doubt"], first["confirmed"]) == (True, False)
    assert first["newest_stored"] < first["now"]
    assert "confirmed: a running server goes by it within a minute" in confirmed.stdout
    assert (last["in_doubt"], last["newest_stored"]) == (False, None)
    (entry,) = json.loads(run("audit", "--json").stdout)
    assert (entry["action"], entry["affected"], entry["reason"]) == ("confirm-clock", 0, "the machine was off")


@pytest.mark.usefixtures("store")
def test_a_clock_that_is_not_in_doubt_needs_no_word(run: Callable[..., Result]) -> None:
    """It is no error either: a script may run it at every start."""
    result = run("storage", "confirm-clock", "--yes")

    assert result.exit_code == 0
    assert "nothing to confirm" in result.stdout
