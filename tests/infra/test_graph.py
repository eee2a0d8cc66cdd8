"""The recorder that the other graph tests use."""

from __future__ import annotations

import asyncio
import time

import pytest

from infra.graph import record, stack


def test_the_program_is_recorded_in_a_few_seconds() -> None:
    """Graph tests are run after every change of the deployment: they must not be waited for. Processor time, as the machine may be busy."""
    started = time.process_time()

    made = stack({"environmentSuffix": "speed"})

    assert time.process_time() - started < 5
    assert len(made.resources) > 50


@pytest.mark.parametrize("fails", [False, True])
def test_a_recording_leaves_no_task(*, fails: bool) -> None:
    """Garbage collection would report it during any later test, and that test would fail."""
    tasks: list[asyncio.Task[None]] = []

    def program() -> None:
        tasks.append(asyncio.ensure_future(asyncio.sleep(3600)))
        if fails:
            raise LookupError("a program with a fault")

    if fails:
        with pytest.raises(LookupError):
            record(program)
    else:
        record(program)

    assert tasks[0].cancelled()
