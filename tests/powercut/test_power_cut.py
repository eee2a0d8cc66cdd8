"""The power fails at any moment, also after a sync that failed: what was acknowledged is there, and the database is whole.

A real server takes events, gives messages to consumers, and keeps forged requests in the quarantine, while a library records its writes,
syncs and answers and, at a chosen moment, lets one sync fail. Then the disk is rebuilt as it may have been at chosen moments: what no sync
covered is dropped, kept, kept by chance, or torn at 512 bytes; what a failed sync should have written never arrives.

An ordinary run looks at a few moments. ``pytest tests/powercut --cuts 200`` looks at 200 in each scenario, and also lets later syncs
than the first one fail.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from acceptance.server import until
from powercut.machine import Crowd, Machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from powercut.disk import Record

PATIENCE = 60.0  # seconds: for a busy machine
FORGETFUL = """
from hookline.adapters.sqlite.failed_sync import FailedSync
FailedSync.note = lambda self, fault: None
"""
"""hookline with its promise broken: it ignores a failed sync."""
RESTLESS = """
from hookline.runtimes.embedded import keeper
keeper._TICK, wiring._CHECKPOINT_PAGES = 0.001, 3
"""
"""A checkpoint with nearly every commit, so that it is often a checkpoint's own sync that fails."""


@pytest.fixture
def cuts(request: pytest.FixtureRequest) -> int:
    """How many moments to look at."""
    number: int = request.config.getoption("--cuts")
    return number


def _moments(happened: Sequence[Record], number: int, chance: random.Random) -> set[int]:
    """Anywhere since the first answer, soon after the first sync that failed, some time after it, and the very end."""
    end = len(happened)
    begun = next(at for at, record in enumerate(happened, 1) if record.kind == "A")
    failed = next((at for at, record in enumerate(happened, 1) if record.kind == "F"), begun)
    stretches = [(begun, end), (failed, min(end, failed + 300)), (failed, end), (failed, min(end, failed + 1000))]
    return {end, *(chance.randint(*stretches[turn % len(stretches)]) for turn in range(number))}


def _losses(machine: Machine, consumed: set[str], cuts: int) -> list[str]:
    chance = random.Random(7)
    happened = machine.records()
    return machine.losses(happened, _moments(happened, cuts, chance), consumed, chance)


def _with_a_failing_sync(machine: Machine, kind: str, number: int) -> set[str]:
    """Let one sync fail among busy clients, and continue until the server has taken as many events as before; returns what was consumed."""
    with machine.server, Crowd(machine.server, "event") as crowd:
        until(lambda: crowd.accepted > 60, seconds=PATIENCE)
        machine.shim.fail(kind, after=number)
        until(lambda: not machine.shim.pending(), seconds=PATIENCE)
        before = crowd.accepted
        until(lambda: crowd.accepted > before + 120, seconds=PATIENCE)
        machine.server.kill()
    return crowd.consumed


def test_a_power_cut_loses_nothing_that_was_acknowledged(tmp_path: Path, cuts: int) -> None:
    """Promise 1, from the very first start: also the names of the new data directory and of its files are on the disk."""
    machine = Machine(tmp_path)
    with machine.server, Crowd(machine.server, "event") as crowd:
        until(lambda: crowd.accepted > 150, seconds=PATIENCE)
        machine.server.kill()

    assert _losses(machine, crowd.consumed, cuts) == []


@pytest.mark.parametrize(("kind", "before"), [("log", ""), ("log", RESTLESS), ("database", RESTLESS), ("any", "")])
def test_a_sync_that_failed_does_not_let_a_later_power_cut_lose_anything(
    tmp_path: Path, kind: str, before: str, cuts: int
) -> None:
    """Linux forgets the pages of a failed sync: what consumers wrote before it would leave a hole in the log."""
    for number in range(1, 1 + max(1, cuts // 25)):
        (folder := tmp_path / str(number)).mkdir()
        machine = Machine(folder, before=before)

        consumed = _with_a_failing_sync(machine, kind, number)

        assert _losses(machine, consumed, cuts) == []
        assert any(record.kind == "F" for record in machine.records())


def test_a_server_that_was_killed_on_a_failing_disk_proves_the_log_before_it_acknowledges(
    tmp_path: Path, cuts: int
) -> None:
    """The next process does not know the syncs that failed, and the kernel still takes their pages for written."""
    machine = Machine(tmp_path)
    with machine.server, Crowd(machine.server, "before") as crowd:
        until(lambda: crowd.accepted > 60, seconds=PATIENCE)
        machine.shim.fail("any", after=-1)
        until(lambda: crowd.refused > 0, seconds=PATIENCE)
        machine.server.kill()
    machine.shim.heal()
    with machine.server, Crowd(machine.server, "after") as again:
        until(lambda: again.accepted > 100, seconds=PATIENCE)
        machine.server.kill()

    assert _losses(machine, crowd.consumed | again.consumed, cuts) == []


def test_the_trial_convicts_a_server_that_forgets_a_failed_sync(tmp_path: Path) -> None:
    """A test of the proof: with the fault forgotten, some later power cut must be found to lose events."""
    for attempt in range(20):
        (folder := tmp_path / str(attempt)).mkdir()
        machine = Machine(folder, before=FORGETFUL)
        consumed = _with_a_failing_sync(machine, "log", 1)
        if any("events lost" in line for line in _losses(machine, consumed, 20)):
            return
    pytest.fail("a failed sync was forgotten, and no power cut lost anything: this proves nothing")
