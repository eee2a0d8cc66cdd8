"""``hookline send --count``: load, and honest figures about it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from click.testing import Result

from processes import running_process, unmeasured
from unit.cli.sending import NOBODY, serving
from unit.cli.strangers import stranger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unit.cli.sending import Project

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One server for all."""
    with serving(tmp_path_factory.mktemp("served")) as project:
        yield project


@pytest.fixture
def run(served: Project) -> Run:
    """The command."""
    return served.send


@pytest.mark.parametrize("source", ["transactions", "by-header", "by-scheme"])
def test_many_are_all_different_events(run: Run, served: Project, source: str) -> None:
    """A load of one repeated event measures nothing; wherever the source finds its id, each event must have its own."""
    result = run(source, served.folder / "samples/payment.json", "--count", 40, "--json")

    summary = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (summary["accepted"], summary["sent"]) == (40, 40)
    assert summary["latency_ms"]["p50"] <= summary["latency_ms"]["p99"] <= summary["latency_ms"]["max"]
    assert summary["requests_per_second"] > 0


def test_many_that_could_only_be_one_event_are_refused(run: Run, served: Project) -> None:
    """Without a warning a user would believe that a hundred events were stored."""
    result = run("by-content", served.write({"a": 1}, "content.json"), "--count", 5)

    assert result.exit_code == 2
    assert "content-hash" in result.stderr
    assert "--duplicates" in result.stderr


@pytest.mark.parametrize("source", ["transactions", "by-header", "by-content"])
def test_duplicates_are_one_event(run: Run, served: Project, source: str) -> None:
    """A user sees that a sender's retries do no harm."""
    body = served.write(served.sample() | {"event_id": f"evt_again_{source}"})

    summary = json.loads(run(source, body, "--count", 10, "--duplicates", "--json").stdout)

    assert (summary["accepted"], summary["duplicate"]) == (1, 9)


def test_too_fast_is_counted_apart_from_refused(run: Run, served: Project) -> None:
    """A 429 says nothing about the event: it may be sent again as it is."""
    body = served.write({"event_id": "evt_slow"})

    result = run("slow", body, "--count", 5, "--json")

    summary = json.loads(result.stdout)
    assert result.exit_code == 1
    assert summary["busy"]["too_many_requests"] >= 3
    assert summary["rejected"] == {}
    assert summary["accepted"] + summary["busy"]["too_many_requests"] == 5


def test_many_refusals_are_counted_by_code(run: Run, served: Project) -> None:
    """The code says at a glance that it is the signature, and not the body."""
    forged = ("--header", "webhook-signature:v1,Zm9yZ2Vk")

    result = run("transactions", served.folder / "samples/payment.json", "--count", 3, *forged)

    assert result.exit_code == 1
    assert "3  signature_mismatch 3" in result.stdout


def test_what_was_never_answered_is_counted_too(run: Run, served: Project) -> None:
    """A number that leaves the failures out looks better than the truth."""
    words = ("--url", NOBODY, "--count", 7, "--json")

    result = run("transactions", served.folder / "samples/payment.json", *words)

    summary = json.loads(result.stdout)
    assert result.exit_code == 1
    assert summary["failed"] == {"connection refused": 7}
    assert summary["sent"] == 7
    assert summary["latency_ms"] == {}


def test_a_rate_is_kept(run: Run, served: Project) -> None:
    """Requests start on schedule: not earlier because there would be room."""
    words = ("--count", 21, "--rate", 100, "--json")

    summary = json.loads(run("transactions", served.folder / "samples/payment.json", *words).stdout)

    assert summary["seconds"] >= 0.2
    assert summary["accepted"] == 21


def test_latency_counts_from_the_schedule(run: Run, served: Project) -> None:
    """A slow server makes later requests wait; a tool that starts its clock only then hides it (coordinated omission)."""
    with stranger(pause=0.1) as slow:
        words = ("--url", slow.url, "--count", 5, "--rate", 100, "--concurrency", 1, "--json")
        summary = json.loads(run("transactions", served.folder / "samples/payment.json", *words).stdout)

    assert summary["latency_ms"]["max"] > 400


def test_concurrency_is_a_bound_and_is_used(run: Run, served: Project) -> None:
    """A user can try a small server out gently, and send several requests at a time to a large one."""
    with stranger(pause=0.1) as slow:
        run("transactions", served.folder / "samples/payment.json", "--url", slow.url, "--count", 9, "--concurrency", 3)

    assert slow.most_running == 3


def test_ctrl_c_still_gives_the_figures(served: Project) -> None:
    """A person who stops a long run wants to know its result."""
    words = [
        "transactions",
        str(served.folder / "samples/payment.json"),
        "--config",
        str(served.folder / "hookline.toml"),
    ]
    with stranger() as there:
        command = [
            sys.executable,
            "-m",
            "hookline",
            "send",
            *words,
            "--count",
            "100000",
            "--rate",
            "50",
            "--url",
            there.url,
        ]
        with running_process(
            command, env=unmeasured(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            while not there.paths:
                time.sleep(0.02)
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=120)

    assert process.returncode == 130
    assert " of 100000 sent in " in output
    assert "Traceback" not in errors
