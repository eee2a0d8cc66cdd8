"""Saves what coverage has measured in a process that runs tests, while the process that distributes the tests still waits for it.

Coverage saves when a process exits. xdist gives its processes ten seconds for that and then kills them; on a slow machine the lines
that only such a process has run were then reported as not run, although all tests had passed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from xdist import is_xdist_worker  # type: ignore[import-untyped]  # xdist ships no types

if TYPE_CHECKING:
    import pytest
    from coverage import Coverage

__all__ = ["save_measured"]


def save_measured(session: pytest.Session) -> None:
    """Stop measuring and save, in a process of xdist. To be called when its session finishes: the process still has to report that."""
    measured = _coverage() if is_xdist_worker(session) else None
    if measured is not None:
        measured.stop()
        measured.save()


def _coverage() -> Coverage | None:
    """What measures this process. A process that is not measured does not import coverage."""
    module = sys.modules.get("coverage")
    return None if module is None else module.Coverage.current()
