"""What every KeyUses does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import START
from contract.homes import LOCAL_OPENERS
from hookline.ports.key_uses import KeyUse

if TYPE_CHECKING:
    from contract.homes import LocalHome

HOMES = LOCAL_OPENERS
"""On AWS IAM keeps the uses."""

DAY = timedelta(days=1)


def test_a_key_is_known_from_its_first_day(home: LocalHome) -> None:
    """A key that was never used is judged by the time since its first day."""
    home.key_uses.note({"shop": None}, at=START)
    home.key_uses.note({"shop": None}, at=START + DAY)

    assert home.key_uses.known() == {"shop": KeyUse(first_seen_at=START)}


def test_the_latest_use_stays(home: LocalHome) -> None:
    """Notes may come late, and a start without a use says nothing about the uses before."""
    home.key_uses.note({"shop": START + DAY, "ops": START}, at=START)
    home.key_uses.note({"shop": START, "ops": START + DAY}, at=START + DAY)
    home.key_uses.note({"shop": None, "ops": None}, at=START + 2 * DAY)

    latest = KeyUse(first_seen_at=START, last_used_at=START + DAY)
    assert home.key_uses.known() == {"shop": latest, "ops": latest}


def test_a_use_outlives_a_restart(home: LocalHome) -> None:
    """Whether a key can go is asked long after the server was started again."""
    home.key_uses.note({"shop": START}, at=START)

    if (again := home.restart()).key_uses.known():
        assert again.key_uses.known() == {"shop": KeyUse(first_seen_at=START, last_used_at=START)}


def test_nothing_is_known_at_first(home: LocalHome) -> None:
    """A data directory of an older hookline has no uses."""
    home.key_uses.note({}, at=START)

    assert home.key_uses.known() == {}
