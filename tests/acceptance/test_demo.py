"""``hookline demo``: what a newcomer runs first has to be true, quick, and gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hookline.cli import main
from processes import run_process, running_process, unmeasured

if TYPE_CHECKING:
    from pathlib import Path

DEMO = (sys.executable, "-m", "hookline", "demo")
BAD = {
    (200, "duplicate"),
    (400, "body_not_json"),
    (400, "schema_mismatch"),
    (401, "signature_mismatch"),
    (401, "signature_missing"),
    (401, "timestamp_outside_tolerance"),
    (404, "unknown_path"),
    (409, "delivery_conflict"),
    (413, "body_too_large"),
    (415, "unsupported_media_type"),
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Temporary folders go where the test can look for what is left of them."""
    return {**os.environ, "TMPDIR": str(tmp_path)}


def wait_for(path: Path, text: str) -> str:
    """The text of ``path``, once ``text`` is in it."""
    deadline = time.monotonic() + 30
    while text not in (said := path.read_text()):
        assert time.monotonic() < deadline, said
        time.sleep(0.02)
    return said


def test_it_is_quick_and_every_count_is_exactly_as_sent(environment: dict[str, str], tmp_path: Path) -> None:
    """Nothing lost, nothing doubled, no forgery accepted: the product's promise, on a real server, in numbers.

    A newcomer's patience: something within a second, all of it within fifteen (here with room for a very busy machine).
    """
    said = tmp_path / "said"
    started = time.monotonic()
    with (
        said.open("wb") as stderr,
        running_process([*DEMO, "--json"], env=environment, stdout=subprocess.PIPE, stderr=stderr) as process,
    ):
        wait_for(said, "Writing")
        first = time.monotonic() - started
        output, _ = process.communicate(timeout=120)

    assert process.returncode == 0, said.read_text()
    assert first < 20
    assert time.monotonic() - started < 60
    report = json.loads(output)
    assert report["as_expected"]
    assert report["accepted"] == 2000
    found = {(answer["status"], answer["outcome"]): answer["found"] for answer in report["answers"]}
    assert found.pop((202, "accepted")) == 2000
    assert set(found) == BAD
    assert all(found.values())
    queues = {queue["queue"]: queue["found"] for queue in report["queues"]}
    assert {name: number for name, number in queues.items() if number} == {
        "payments": 1200,
        "refunds": 600,
        "disputes": 200,
    }
    assert {"unrouted", "payments-dlq"} <= set(queues)
    assert report["message"]["specversion"] == "1.0"
    assert isinstance(report["message"]["data"]["amount"], str)
    assert report["events_per_second"] > 0
    assert list(tmp_path.iterdir()) == [said]


def test_people_get_tables_and_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newcomer reads it once: queues, answers, the rate, and what a consumer will get."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    done = CliRunner().invoke(main, ["demo", "--count", "10"])

    assert done.exit_code == 0, done.stderr
    assert "Every count is exactly as it was sent." in done.stdout
    assert '"specversion": "1.0"' in done.stdout
    assert "events/s" in done.stdout
    assert "WRONG" not in done.stdout
    assert "exit code 0" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_keep_ends_well_however_it_is_asked_to(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    """A terminal that is closed, or a shutdown of the machine: no server and no folder is left."""
    said = tmp_path / "said"
    with (
        said.open("wb") as stderr,
        running_process(
            [*DEMO, "--count", "10", "--keep"], env=unmeasured(environment), stdout=subprocess.DEVNULL, stderr=stderr
        ) as process,
    ):
        wait_for(said, "Ctrl-C here stops")
        process.send_signal(number)

    assert process.returncode == 0, said.read_text()
    assert "Traceback" not in said.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["said"]


def test_keep_leaves_it_running_until_it_is_stopped(environment: dict[str, str], tmp_path: Path) -> None:
    """A user who looks around must reach it as it says; afterwards no server and no folder is left."""
    said = tmp_path / "said"
    with (
        said.open("wb") as stderr,
        running_process(
            [*DEMO, "--count", "10", "--keep", "--json"],
            env=unmeasured(environment),
            stdout=subprocess.PIPE,
            stderr=stderr,
        ) as process,
    ):
        words = wait_for(said, "Ctrl-C here stops")
        folder = next(line.split()[1] for line in words.splitlines() if line.startswith("  cd "))
        send = next(line.split()[1:] for line in words.splitlines() if line.startswith("  hookline send"))
        sent = run_process([sys.executable, "-m", "hookline", *send], cwd=folder, capture_output=True, text=True)
        show = [sys.executable, "-m", "hookline", "events", "show", "stripe:evt_1QdemoHookline", "--json"]
        shown = run_process(show, cwd=folder, capture_output=True, text=True)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)

    assert sent.stdout.endswith(" accepted\n"), sent.stderr
    event = json.loads(shown.stdout)
    assert (event["status"], event["metadata"]["transactionamount"]) == ("routed", "49.90")
    assert {"headeruseragent", "headerxrequestid"} <= event["metadata"].keys()
    assert process.returncode == 0, said.read_text()
    assert json.loads(output)["as_expected"]
    assert "Traceback" not in said.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["said"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing_behind(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    """A server that outlives its demo would hold a port and a folder until the machine is started again."""
    said = tmp_path / "said"
    with (
        said.open("wb") as stderr,
        running_process(
            [*DEMO, "--count", "50000"], env=unmeasured(environment), stdout=subprocess.DEVNULL, stderr=stderr
        ) as process,
    ):
        words = wait_for(said, "Sending")
        process.send_signal(number)
        process.wait(timeout=30)

    port = int(words.partition("http://127.0.0.1:")[2].partition(",")[0])
    assert process.returncode == 130, said.read_text()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    assert "Traceback" not in said.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["said"]


@pytest.mark.parametrize("module", ["apsw", "click"], ids=["serve", "init"])
def test_a_command_that_fails_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """The error has the reason in its own words: nobody should have to look for a log that is gone."""
    stub = tmp_path / "path" / f"{module}.py"
    stub.parent.mkdir()
    stub.write_text("raise RuntimeError('this one is broken')\n")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(stub.parent), os.environ.get("PYTHONPATH")))))

    done = CliRunner().invoke(main, ["demo", "--count", "10"])

    assert done.exit_code == 1
    assert "error [demo_failed]" in done.stderr
    assert "this one is broken" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["path"]
