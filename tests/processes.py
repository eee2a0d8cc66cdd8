"""Starts every process that a test or a measurement needs: with signals as a shell's child has them, and never left behind.

A script that runs ``make test &`` starts it with SIGINT ignored. That is inherited by every process below, through exec as well, and a
test that waits for the end of an interrupted process would never end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any  # Any: keywords that are passed on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["end_process", "run_process", "running_process", "start_process", "unmeasured"]

_PATIENCE = 60.0  # seconds: for a process that should end on its own
_LONGEST = 280.0  # seconds: less than a test may take

_SIGNALS = (
    signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGTERM, signal.SIGCHLD,
)  # fmt: skip

_RESET = """
import os, signal, sys
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, signal.SIG_DFL)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_SETMASK, ())
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""The code that runs in the child before its program, with the same process id. ``preexec_fn`` is not safe where there are threads."""


def start_process(command: Sequence[Any], **options: Any) -> subprocess.Popen[Any]:
    """A new process, to be ended with ``end_process`` in a ``finally``; ``running_process`` does so at the end of its block."""
    return subprocess.Popen(_with_signals(command), **options)


@contextmanager
def running_process(command: Sequence[Any], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process for the time of the block. It has to end on its own after the block, or fails it, and is killed if the block fails."""
    process = start_process(command, **options)
    try:
        yield process
        _close(process)
        process.wait(_PATIENCE)
    finally:
        end_process(process)


def run_process(command: Sequence[Any], **options: Any) -> subprocess.CompletedProcess[Any]:
    """``subprocess.run``, which kills what takes too long."""
    check = options.pop("check", False)
    return subprocess.run(_with_signals(command), check=check, **{"timeout": _LONGEST, **options})


def unmeasured(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a process that a test interrupts with SIGINT: its coverage is not measured.

    Coverage takes a lock where a function of another file begins, and Python handles signals there: after KeyboardInterrupt the lock stays
    taken, and the process waits for it without an end.
    """
    given = os.environ if environment is None else environment
    return {name: value for name, value in given.items() if not name.startswith("COVERAGE_")}


def end_process(process: subprocess.Popen[Any]) -> None:
    """Kill the process if it still lives, and leave no part of it."""
    if process.poll() is None:
        process.kill()
    _close(process)
    process.wait()


def _with_signals(command: Sequence[Any]) -> Sequence[Any]:
    ignored = any(signal.getsignal(number) is signal.SIG_IGN for number in _SIGNALS)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    return [sys.executable, "-I", "-S", "-c", _RESET, *command] if ignored or blocked else command


def _close(process: subprocess.Popen[Any]) -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()
