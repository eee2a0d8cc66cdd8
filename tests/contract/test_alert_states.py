"""What every AlertStates keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import START
from contract.homes import LOCAL_OPENERS
from hookline.domain.alert import AlertKind, AlertState

if TYPE_CHECKING:
    from contract.homes import LocalHome

HOMES = LOCAL_OPENERS
"""On AWS CloudWatch keeps the states of alarms."""

STATE = AlertState(alert="a1", kind=AlertKind.DEAD_LETTERS, subject="payments", since=START, detail="3 dead letters")


def test_nothing_is_known_at_first(home: LocalHome) -> None:
    """A data directory of an older hookline has no states."""
    assert home.alert_states.kept() == []


def test_what_was_kept_comes_back_whole_and_nothing_else(home: LocalHome) -> None:
    """One field that is lost reports something twice, or never its end."""
    full = replace(
        STATE,
        subject="refunds",
        fired=True,
        quiet_since=START + timedelta(seconds=3),
        is_over=True,
        began_posted=True,
    )
    home.alert_states.keep([replace(STATE, subject="gone")])

    home.alert_states.keep([STATE, full])

    assert home.alert_states.kept() == [STATE, full]


def test_states_outlive_a_restart(home: LocalHome) -> None:
    """A restart must not wake the same people again."""
    home.alert_states.keep([STATE])

    assert home.restart().alert_states.kept() == [STATE]


def test_all_of_them_can_be_over(home: LocalHome) -> None:
    """The last alert that ends leaves nothing behind."""
    home.alert_states.keep([STATE])
    home.alert_states.keep([])

    assert home.alert_states.kept() == []
