"""Processes that tests start: they end, and they get the signals that a test sends them."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import processes
from processes import run_process, running_process, unmeasured

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
STARTS = {"Popen", "run", "call", "check_call", "check_output"}
SIGNALS = "import signal; print([signal.getsignal(n) is signal.SIG_IGN for n in (signal.SIGINT, signal.SIGPIPE, signal.SIGHUP)])"
BLOCKED = "import signal; print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())))"
SLEEP = "import time; print('up', flush=True); time.sleep(600)"


@pytest.fixture(params=["ignored", "blocked"])
def disturbed(request: pytest.FixtureRequest) -> Iterator[None]:
    """This process as a script starts it in the background."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    if request.param == "ignored":
        for number in before:
            signal.signal(number, signal.SIG_IGN)
    else:
        signal.pthread_sigmask(signal.SIG_BLOCK, before)
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("disturbed")
def test_a_process_has_the_signals_of_a_shells_child() -> None:
    """`make test &` in a script: an ignored SIGINT is inherited, and a test that interrupts a process would never end."""
    signals = run_process([sys.executable, "-c", SIGNALS], capture_output=True, text=True).stdout
    blocked = run_process([sys.executable, "-c", BLOCKED], capture_output=True, text=True).stdout

    assert signals == "[False, True, False]\n"  # Python itself ignores SIGPIPE
    assert blocked == "[]\n"


@pytest.mark.usefixtures("disturbed")
def test_an_interrupt_reaches_a_process_that_was_started_while_it_was_ignored() -> None:
    """By the process id that the test has: no other process is in between."""
    with running_process([sys.executable, "-c", SLEEP], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)

    assert process.returncode == -signal.SIGINT


def test_an_interrupted_process_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt while coverage holds its lock would stop the process permanently; all other variables stay."""
    monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "{}")
    monkeypatch.setenv("OTHER", "1")

    assert unmeasured() == {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    assert unmeasured({"COVERAGE_PROCESS_START": "x", "A": "b"}) == {"A": "b"}


def test_a_process_does_not_outlive_a_test_that_fails() -> None:
    """It would hold a port, a file lock and a core until the machine is started again."""
    with pytest.raises(ZeroDivisionError), running_process([sys.executable, "-c", SLEEP]) as process:
        raise ZeroDivisionError

    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_a_process_that_does_not_end_on_its_own_fails_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hang is a fault: it must be seen, and must end."""
    monkeypatch.setattr(processes, "_PATIENCE", 0.2)

    with pytest.raises(subprocess.TimeoutExpired), running_process([sys.executable, "-c", SLEEP]) as process:
        pass

    assert process.returncode == -signal.SIGKILL


def _starts(tree: ast.AST) -> list[str]:
    return [
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "subprocess"
        and node.func.attr in STARTS
    ]


def test_every_process_is_started_in_one_place() -> None:
    """One that is started elsewhere inherits the tester's signals, and may be left behind."""
    found = {
        str(path.relative_to(ROOT)): starts
        for folder in ("tests", "bench")
        for path in (ROOT / folder).rglob("*.py")
        if "subprocess" in (text := path.read_text()) and (starts := _starts(ast.parse(text)))
    }

    assert found == {"tests/processes.py": ["Popen", "run"]}
