"""Two emulators for all tests of this folder, one that allows every call and one that checks IAM; each test finds them empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.server import emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.server import Emulator


@pytest.fixture(scope="session")
def _open() -> Iterator[Emulator]:
    with emulator() as running:
        yield running


@pytest.fixture(scope="session")
def _strict() -> Iterator[Emulator]:
    with emulator(auth=True) as running:
        yield running


@pytest.fixture(name="aws")
def empty(_open: Emulator) -> Emulator:
    """An empty emulator where every call is allowed."""
    _open.reset()
    return _open


@pytest.fixture(name="strict")
def empty_and_strict(_strict: Emulator) -> Emulator:
    """An empty emulator that enforces IAM."""
    _strict.reset()
    return _strict
