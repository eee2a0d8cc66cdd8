"""A reader of a page: enters its commands one after the other, in a new project, and compares what is printed with what is shown."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from docs_blocks.blocks import blocks_of
from docs_blocks.scenarios import reason
from docs_blocks.toml_text import added
from processes import end_process, run_process, start_process

if TYPE_CHECKING:
    from docs_blocks.blocks import Command
    from docs_blocks.scenarios import Scenario

__all__ = ["Reader", "missing_lines"]

_PATIENCE = 60.0  # seconds
_NEXT = "--- the next command"
_SERVICE = {"systemctl stop hookline", "systemctl start hookline", "systemctl restart hookline"}
_VOLATILE = re.compile(
    r"evt_\w+|(?<=arm=)\S+|\b[0-9a-f]{16}\b|\b\d{8}-\d{6}-[0-9a-f]{8}\b|[+-]?\d[\d,.:TZ-]*|\b\S+@\S+"
)


class Reader:
    """Reads one page in ``folder``."""

    def __init__(self, folder: Path, page: str, scenario: Scenario) -> None:
        self.page, self._scenario = page, scenario
        self.project = folder
        self._ports = {"127.0.0.1:8080": _free_address(), "127.0.0.1:8081": _free_address()}
        self._server: subprocess.Popen[bytes] | None = None
        self._blocks_left = scenario.blocks

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._server is not None:
            end_process(self._server)

    def read(self) -> list[str]:
        """Do all that the page says. Returns what it shows and was not printed."""
        if self.page != "tutorial/first-event.md":
            self.prepare()
        faults = []
        for block in blocks_of(self.page):
            if block.language == "toml" and self._blocks_left:
                self._add(block.text)
                self._blocks_left -= 1
            if block.language in {"console", "sh"}:
                faults += self._enter([one for one in block.commands if one.text in _SERVICE or reason(one) is None])
        return faults

    def start(self) -> None:
        """Start the server, and wait until it serves."""
        log = self.project / "server.log"
        with log.open("wb") as stream:
            self._server = start_process(["hookline", "serve"], cwd=self.project, env=_environment(), stderr=stream)
        end = time.monotonic() + _PATIENCE
        while "serving" not in log.read_text():
            assert self._server.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server, as Ctrl-C does."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(_PATIENCE)
            self._server = None

    def shell(self, script: str) -> subprocess.CompletedProcess[Any]:
        """Run a script in the project, with the addresses of this run."""
        for address, ours in self._ports.items():
            script = script.replace(address, ours)
        return run_process(
            ["bash", "-c", f"set -e -o pipefail\n{script}"], cwd=self.project, env=_environment(), capture_output=True, text=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def admin(self) -> str:
        """Where consumers of this run ask."""
        return f"http://{self._ports['127.0.0.1:8081']}"

    def prepare(self) -> None:
        """Make the project, start the server, and do what comes ahead of the page."""
        self.shell("hookline init .").check_returncode()
        self._add(self._scenario.more)
        for block in [one for one in blocks_of(self.page) if one.language == "toml"][: self._scenario.blocks_first]:
            self._add(block.text)
        self._settle()
        first, _, rest = self._scenario.setup.partition("\n")
        if first == "hookline secrets fresh":  # before the server needs them
            self.shell(first).check_returncode()
        if self._scenario.serves:
            self.start()
        done = self.shell(self._scenario.setup if first != "hookline secrets fresh" else rest)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"

    def _settle(self) -> None:
        """Let the project use this run's ports."""
        port, admin = (address.partition(":")[2] for address in self._ports.values())
        self._add(f"[server]\nport = {port}\nadmin_port = {admin}\n")

    def _add(self, block: str) -> None:
        file = self.project / "hookline.toml"
        file.write_text(added(file.read_text(), block))

    def _enter(self, commands: list[Command]) -> list[str]:
        """Enter the commands of a block: those between two that start or stop the server in one shell."""
        faults: list[str] = []
        waiting: list[Command] = []
        for command in commands:
            stops = command.text.startswith(self._scenario.stops_before) if self._scenario.stops_before else False
            if command.text in _SERVICE or command.text == "hookline serve" or stops:
                faults += self._run(waiting)
                waiting = []
            if stops or command.text in {"systemctl stop hookline", "systemctl restart hookline"}:
                self.stop()
            if command.text in {"systemctl start hookline", "systemctl restart hookline", "hookline serve"}:
                self.start()
            elif command.text not in _SERVICE:
                waiting.append(command)
        return faults + self._run(waiting)

    def _run(self, commands: list[Command]) -> list[str]:
        if not commands:
            return []
        done = self.shell("\n".join(f"{self._words(one)}\necho '{_NEXT}'" for one in commands))
        printed = done.stdout.split(f"{_NEXT}\n")
        if done.returncode:
            return [
                f"{self.page}: {commands[len(printed) - 1].text!r} ended with {done.returncode}: {printed[-1]}{done.stderr}"
            ]
        if commands[0].text == "hookline init shop":
            self.project /= "shop"
            self._settle()
        return [
            f"{self.page}: {one.text!r} does not print {line!r}, but:\n{text}"
            for one, text in zip(commands, printed, strict=False)
            if not one.text.startswith(self._scenario.differs or ("\0",))
            for line in missing_lines(tuple(map(self._ours, one.shown)), text)
        ]

    def _words(self, command: Command) -> str:
        text = self._ours(command.text)
        return f"{text} || true" if command.text.startswith(self._scenario.may_fail or ("\0",)) else text

    def _ours(self, text: str) -> str:
        for theirs, ours in self._scenario.instead.items():
            text = text.replace(theirs, ours)
        return text


def missing_lines(shown: tuple[str, ...], printed: str) -> list[str]:
    """The lines that a page shows and that were not printed in this order. Numbers, times and ids may be others."""
    left = [_shape(line) for line in printed.splitlines()]
    missing = []
    for line in shown:
        wanted = _shape(line)
        is_part = wanted.endswith("…")
        fits = [index for index, one in enumerate(left) if (one.startswith(wanted[:-1]) if is_part else one == wanted)]
        if fits:
            left = left[fits[0] + 1 :]
        else:
            missing.append(line)
    return missing


def _shape(line: str) -> str:
    return " ".join(_VOLATILE.sub("#", line.partition("…")[0]).split()) + ("…" if "…" in line else "")


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "300"}


def _free_address() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"
