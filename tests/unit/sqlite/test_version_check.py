"""The SQLite engine that is at work."""

from __future__ import annotations

import pytest

from hookline.adapters.sqlite import engine_weakness


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.9.99", "2.99.99"])
def test_an_engine_with_the_wal_fault_is_reported(version: str) -> None:
    """A distribution's SQLite could damage the file between a checkpoint and a writer: the operator has to know."""
    weakness = engine_weakness(version)

    assert weakness is not None
    assert version in weakness
    assert "3.51.3" in weakness


@pytest.mark.parametrize("version", ["3.51.3", "3.51.10", "3.52.0", "3.100.0", "4.0.0"])
def test_a_sound_engine_is_not_complained_about(version: str) -> None:
    """Versions are numbers, not text: 3.51.10 comes after 3.51.3."""
    assert engine_weakness(version) is None


def test_the_engine_of_this_installation_is_sound() -> None:
    """The lock file installs its own SQLite; if that ever changes, this test must show it first."""
    assert engine_weakness() is None
