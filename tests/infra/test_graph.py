"""The recorder that the other graph tests use."""

from __future__ import annotations

import time

from infra.graph import stack


def test_the_program_is_recorded_in_a_few_seconds() -> None:
    """Graph tests are run after every change of the deployment: they must not be waited for. Processor time, as the machine may be busy."""
    started = time.process_time()

    made = stack({"environmentSuffix": "speed"})

    assert time.process_time() - started < 5
    assert len(made.resources) > 50
