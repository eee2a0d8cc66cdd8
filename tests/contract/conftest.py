"""The fixture through which every suite here runs against every backend."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import QUEUES
from contract.homes import OPENERS
from hookline.adapters.aws import dead_letters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from contract.homes import Home


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test against every home; a module says in ``HOMES`` which have what it tests, where not all do."""
    if "home" in metafunc.fixturenames:
        homes = getattr(metafunc.module, "HOMES", OPENERS)
        # A sealed file is the SQLite home with other bytes in its rows, which tests/unit/sqlite/test_sealing.py tries in the quick tests.
        slow = {name: [pytest.mark.slow] for name in homes if name.endswith("-sealed")}
        cases = [pytest.param(name, marks=slow.get(name, [])) for name in sorted(homes)]
        metafunc.parametrize("home", cases, indirect=True)


@pytest.fixture(autouse=True)
def _letters_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call returns all messages of a queue. While the clock does not move, a wait would be a loop of calls for two seconds."""
    monkeypatch.setattr(dead_letters, "_WAIT", timedelta(0))


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """An empty backend, with the queues that its module names in ``DECLARED``, or those of all."""
    opener: str = request.param
    with ExitStack() as stack:
        yield OPENERS[opener](tmp_path, stack, getattr(request.module, "DECLARED", QUEUES))
