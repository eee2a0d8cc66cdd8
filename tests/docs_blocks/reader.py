"""A reader of a page: enters its commands one after the other, in a new project, and compares what is printed with what is shown."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from docs_blocks.blocks import blocks_of
from docs_blocks.places import Home, home_of
from docs_blocks.receiver import Receiver
from docs_blocks.senders import senders
from docs_blocks.terminal import Terminal
from docs_blocks.toml_text import added
from processes import end_process, start_process
from tools import tool

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping

    from docs_blocks.blocks import Command
    from docs_blocks.scenarios import Scenario
    from docs_blocks.terminal import Entered

__all__ = ["Reader", "missing_lines"]

CONTRIB = Path(__file__).parents[2] / "contrib"
_PATIENCE = 60.0  # seconds
_COMMENT = re.compile(r" {2,}# .*$")
_TOOLS = ("aws", "curl", "litestream", "openssl", "ss")
_AWS = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }'
"""The commands for SQS of this program do not look at the variable."""
_ADMIN_PORT = re.compile(r"^admin_port = .*\n", re.MULTILINE)
_VOLATILE = re.compile(
    r"evt_\w+|(?<=arm=)\S+|\b[0-9a-f]{16}\b|\b\d{8}-\d{6}-[0-9a-f]{8}\b|[+-]?\d[\d,.:TZ-]*|\b\S+@\S+"
)


class Reader:
    """Reads one page in ``folder``. ``environment`` are variables that the page takes for granted."""

    def __init__(
        self,
        folder: Path,
        page: str,
        scenario: Scenario,
        *,
        home: Home = Home.EMBEDDED,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.page, self._scenario, self._home = page, scenario, home
        self.project = folder
        self._opened = ExitStack()
        self._values = {address: _free_address(self._opened) for address in ("127.0.0.1:8080", "127.0.0.1:8081")}
        self._server: subprocess.Popen[bytes] | None = None
        self._environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "COLUMNS": "300",
            **(environment or {}),
        }
        self._blocks_read = 0

    def __enter__(self) -> Self:
        receiver = self._opened.enter_context(Receiver(self.project / "received.txt"))
        self._values["{receiver}"] = receiver.url
        if self._scenario.asks_senders:
            self._environment |= self._opened.enter_context(senders(self.project))
        self._terminal = self._opened.enter_context(Terminal(self.project, self._environment))
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._server is not None:
            end_process(self._server)
        self._opened.close()

    def read(self) -> list[str]:
        """Do all that the page says. Returns what it shows and was not printed, and what the scenario allows and did not happen."""
        self._look_for_tools()
        if self.page != "tutorial/first-event.md":
            self.prepare()
        faults = []
        for block in blocks_of(self.page):
            if block.language == "toml":
                if self._blocks_read in self._scenario.adds:
                    self._add(block.text)
                self._blocks_read += 1
            if block.language in {"console", "sh"}:
                commands = [one for one in block.commands if home_of(one) is self._home]
                faults += [fault for one in commands for fault in self._do(one, block.line)]
        self._succeed(self._scenario.afterwards)
        return faults

    def start(self) -> None:
        """Start the server, and wait until it serves."""
        log = self.project / "server.log"
        with log.open("wb") as stream:
            self._server = start_process(
                ["hookline", "serve"], cwd=self.project, env=self._terminal.variables(), stderr=stream
            )
        self._wait_for("serving")

    def stop(self) -> None:
        """Stop the server, as Ctrl-C does."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(_PATIENCE)
            self._server = None

    def reload(self) -> None:
        """Let the server read its configuration again, as ``systemctl reload`` does."""
        assert self._server is not None
        self._server.send_signal(signal.SIGHUP)
        self._wait_for("reloaded")

    def shell(self, script: str) -> Entered:
        """Enter a script, with the addresses of this run."""
        return self._terminal.enter(self._with_values(script))

    @property
    def admin(self) -> str:
        """Where consumers of this run ask."""
        return f"http://{self._values['127.0.0.1:8081']}"

    def prepare(self) -> None:
        """Make the project, start the server, and do what comes ahead of the page."""
        self._succeed("hookline init .")
        shutil.copytree(CONTRIB, self.project / "contrib")
        self._add(self._scenario.more)
        blocks = blocks_of(self.page)
        for index in self._scenario.adds_first:
            self._add([one for one in blocks if one.language == "toml"][index].text)
        for name, index in self._scenario.files.items():
            (self.project / name).write_text([one for one in blocks if one.language == "json"][index].text)
        self._settle()
        if self._home is Home.AWS:
            self._succeed(_AWS)
        self._succeed(self._scenario.before_the_server)
        if self._scenario.serves and self._home is Home.EMBEDDED:
            self.start()
        self._succeed(self._scenario.setup)

    def _look_for_tools(self) -> None:
        """Skip the test, or fail it in CI, if the page needs a program that this machine does not have."""
        blocks = (block for block in blocks_of(self.page) if block.language in {"console", "sh"})
        run = [one.text for block in blocks for one in block.commands if home_of(one) is self._home]
        text = "\n".join([self._scenario.before_the_server, self._scenario.setup, *run])
        for name in _TOOLS:
            if re.search(rf"(?:^|[\s(|]){name} ", text) and not shutil.which(name, path=self._environment["PATH"]):
                tool(name)

    def _succeed(self, script: str) -> None:
        if script:
            done = self.shell(script)
            assert done.code == 0, f"{script}\n{done.printed}\n{done.errors}"

    def _settle(self) -> None:
        """Let the project use this run's ports."""
        port, admin = (self._values[address].partition(":")[2] for address in ("127.0.0.1:8080", "127.0.0.1:8081"))
        self._add(f"[server]\nport = {port}\nadmin_port = {admin}\n")

    def _add(self, block: str) -> None:
        file = self.project / "hookline.toml"
        text = added(file.read_text(), self._ours(block))
        file.write_text(_ADMIN_PORT.sub("", text) if "admin_socket" in block else text)

    def _do(self, command: Command, line: int) -> Iterator[str]:
        """Do what a command says, and yield what is wrong with it."""
        said, text = f"{self.page}:{line}: {command.text!r}", _COMMENT.sub("", command.text)
        for words in self._found(self._scenario.ahead_of, text):
            self._act(words)
        if text in _ACTIONS:
            self._act(text)
            return
        for until in self._found(self._scenario.runs_until, text):
            text = f"({text}) & running=$!\n{_until(until)}"
        done = self.shell(self._ours(text))
        if text == "hookline init shop":
            self.project /= "shop"
            self._succeed("cd shop")
            self._settle()
        if done.code != (command.text in self._scenario.fails):
            yield f"{said} ended with {done.code}: {done.printed}{done.errors}"
        missing = missing_lines(tuple(self._ours(one) for one in command.shown), done.printed + done.errors)
        differs = command.text in self._scenario.differs
        if differs and not missing:
            yield f"{said} prints what is shown: it needs no exception"
        if missing and not differs:
            yield f"{said} does not print {missing}, but:\n{done.printed}{done.errors}"

    def _act(self, words: str) -> None:
        for step in _ACTIONS.get(words, (words,)):
            {"start": self.start, "stop": self.stop, "reload": self.reload}.get(step, lambda: self._succeed(words))()

    @staticmethod
    def _found(table: Mapping[str, str], text: str) -> list[str]:
        return [value for start, value in table.items() if text.startswith(start)]

    def _ours(self, text: str) -> str:
        for theirs, ours in self._scenario.instead.items():
            text = text.replace(theirs, ours)
        return self._with_values(text)

    def _with_values(self, text: str) -> str:
        for theirs, ours in self._values.items():
            text = text.replace(theirs, ours)
        return text

    def _wait_for(self, event: str) -> None:
        """Wait until the server's log has this line."""
        log, end = self.project / "server.log", time.monotonic() + _PATIENCE
        while event not in log.read_text():
            assert self._server is not None
            assert self._server.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.02)


_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "hookline serve": ("start",),
    "systemctl start hookline": ("start",),
    "systemctl stop hookline": ("stop",),
    "systemctl restart hookline": ("stop", "start"),
    "systemctl reload hookline": ("reload",),
}
"""What the reader does itself, because it runs the server: commands of a page, and of ``Scenario.ahead_of``."""


def _until(condition: str) -> str:
    """Wait until a condition holds while the last command runs, and end it."""
    return (
        f"until {condition}; do kill -0 $running || exit 1; sleep 0.1; done\n"
        "kill -TERM $running; wait $running; test $? -eq 0 -o $? -eq 143"
    )


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


def _free_address(opened: ExitStack) -> str:
    """A port that stays reserved: a server may listen on it, and the system gives it to nobody else."""
    one = opened.enter_context(socket.socket())
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    return f"127.0.0.1:{one.getsockname()[1]}"
