"""The profile of a request: which stage a sample belongs to, and how a thread's time is shared out."""

from __future__ import annotations

import pytest
from bench.faults import BenchError
from bench.request_path import STAGES, THREADS, shared_out, stage_of, table

_LOOP = "thread (7): MainThread"
_INGEST = "Ingest.__call__ (hookline/runtimes/embedded/ingest.py:138)"
_ACCEPT = "accept (hookline/pipeline/receive.py:113)"
_RUN = "Runner.run (asyncio/runners.py:118)"


def test_the_innermost_frame_of_hookline_decides() -> None:
    """The work of a library counts for the stage that called it."""
    verify = "StandardWebhooks.verify (hookline/providers/general/standard_webhooks.py:80)"

    assert stage_of([_RUN, _INGEST, _ACCEPT, verify]) == "signature and timestamp"
    assert stage_of([_RUN, _INGEST, _ACCEPT, verify, "b64decode (base64.py:80)"]) == "signature and timestamp"


def test_the_loops_own_work_is_not_counted_for_the_command_that_started_it() -> None:
    """Every stack begins with frames of the command line, which belong to hookline too."""
    begun = ["run (hookline/__main__.py:18)", "serve (hookline/runtimes/embedded/server.py:90)"]

    assert stage_of([*begun, _RUN]).startswith("event loop")
    assert stage_of([*begun, _RUN, _INGEST]) == "the steps between these"


def test_a_module_that_has_functions_of_two_stages_is_divided_between_them() -> None:
    """``receive`` parses and checks; the protocol reads and writes."""
    protocol = "hookline/runtimes/embedded/protocol.py"

    assert stage_of([_RUN, f"BoundedProtocol.data_received ({protocol}:140)"]).startswith("reading")
    assert stage_of([_RUN, f"BoundedProtocol.answered ({protocol}:257)"]).startswith("answering")
    assert stage_of([_RUN, _INGEST, "_parsed (hookline/pipeline/receive.py:340)"]) == "reading the JSON"


def test_the_time_of_the_loop_is_shared_out_and_that_of_other_threads_kept() -> None:
    """Nothing may be counted twice, and nothing may be missing from the sum."""
    lines = [
        f"{_LOOP};{_RUN};{_INGEST} 3",
        f"{_LOOP};{_RUN} 1",
        "thread (9): hookline-commit;_run (hookline/runtimes/embedded/committer.py:170) 5",
        "",
    ]

    costs = shared_out({7: 0.4, 9: 0.1, 11: 0.1}, lines, 7, 1000)

    assert costs["the steps between these"] == pytest.approx(300)
    assert costs[THREADS["hookline-commit"]] == pytest.approx(100)
    assert costs["other threads"] == pytest.approx(100)
    assert sum(costs.values()) == pytest.approx(600)


def test_a_profile_without_samples_is_refused() -> None:
    """py-spy writes an empty file where it lacks the right to observe a process."""
    with pytest.raises(BenchError):
        shared_out({7: 0.4}, [], 7, 1000)


def test_every_stage_that_cost_something_is_in_the_table_with_the_sum() -> None:
    """A reader takes the sum of the table for the cost of a request."""
    stage = next(iter(STAGES))

    text = table({stage: 10.0, "other threads": 2.5}, {stage: 12.0})

    assert f"| {stage} | 12.0 | 10.0 |" in text
    assert "| other threads | 0.0 | 2.5 |" in text
    assert "| **all** | **12.0** | **12.5** |" in text
