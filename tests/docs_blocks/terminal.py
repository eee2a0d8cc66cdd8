"""A terminal with one shell: commands are entered one after the other, as a reader enters them."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from processes import end_process, start_process

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Entered", "Terminal"]

_PATIENCE = 120.0  # seconds: for one command
_MARK = "-- end of the command:"
_LOOP = f"""
set -o pipefail
while IFS= read -r -d '' command <&0; do
    eval "$command" </dev/null
    printf '%s %s\\n' '{_MARK}' "$?"
done
"""
"""Reads commands that end with a zero byte. Functions, variables and the folder of one are those of the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What one command left behind."""

    code: int
    printed: str
    errors: str


class Terminal:
    """A shell in ``folder``, with the variables of ``environment``."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._errors = folder.with_name(f"{folder.name}-errors.txt").open("w+b")
        self._process = start_process(
            ["bash", "-c", _LOOP],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,  # without a terminal, so that a question for a password is answered by standard input
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # with what runs in the background
        end_process(self._process)
        self._errors.close()

    def enter(self, command: str) -> Entered:
        """Enter one command, and wait until it has ended."""
        assert self._process.stdin is not None
        before = self._errors.seek(0, os.SEEK_END)
        self._process.stdin.write(command.encode() + b"\0")
        self._process.stdin.flush()
        printed, code = self._until_the_mark(command)
        self._errors.seek(before)
        return Entered(code=code, printed=printed, errors=self._errors.read().decode(errors="replace"))

    def variables(self) -> dict[str, str]:
        """What a program that is started now finds in its environment."""
        lines = self.enter("env -0").printed.split("\0")
        return {name: value for line in lines if line for name, _, value in [line.partition("=")]}

    def _until_the_mark(self, command: str) -> tuple[str, int]:
        assert self._process.stdout is not None
        found, end = b"", time.monotonic() + _PATIENCE
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._process.stdout, selectors.EVENT_READ)
            while True:
                text, mark, code = found.decode(errors="replace").rpartition(_MARK)
                if mark and code.endswith("\n"):
                    return text, int(code)
                assert waiting.select(end - time.monotonic()), f"{command!r} has not ended in {_PATIENCE} s: {found!r}"
                part = os.read(self._process.stdout.fileno(), 65536)
                assert part, f"the shell has ended within {command!r}"
                found += part
