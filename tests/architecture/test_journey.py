"""A request's way through hookline stays short enough to be read."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from processes import run_process

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parent.parent.parent
MOST_MODULES, MOST_CHANGES = 15, 25
MOST_MODULES_IN_ALL, MOST_CHANGES_IN_ALL = 24, 43


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """bench/journey.py, which is in no installed package."""
    monkeypatch.syspath_prepend(ROOT)
    return import_module("bench.journey")


def test_an_accepted_event_passes_few_modules_and_changes_rarely_between_them(bench: ModuleType) -> None:
    """To find a fault in a 202, one has to read all of these modules, and jump as often."""
    traced = run_process([sys.executable, "-m", "bench.journey", "--json"], cwd=ROOT, capture_output=True)
    assert traced.returncode == 0, traced.stderr.decode()

    entries = [bench.Entry(*entry) for entry in json.loads(traced.stdout)]
    journey = bench.journey(entries)
    assert bench.modules(journey)[0] == "runtimes.embedded.ingest"
    assert "adapters.sqlite" in bench.modules(journey)
    assert len(bench.modules(journey)) <= MOST_MODULES, bench.modules(journey)
    assert bench.changes(journey) <= MOST_CHANGES
    assert len(bench.modules(entries)) <= MOST_MODULES_IN_ALL, bench.modules(entries)
    assert bench.changes(entries) <= MOST_CHANGES_IN_ALL
