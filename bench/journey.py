"""``python -m bench.journey``: the modules of hookline that one new event passes, from its first byte to its 202.

``hookline serve`` runs in this process with the example project. After some requests that warm it up, a profile function notes every
function of hookline that is entered, on all threads. Several requests are traced, and the commonest sequence is the result: in some
of the others a background thread woke up by its timer. A module is a file; an ``__init__`` that a dataclass writes belongs to none.

Three parts are counted. ``http`` is what reads the socket and writes to it. ``journey`` begins when the application is called and
ends when it sends its answer; there an adapter counts as one module, because the rest of hookline sees its port. ``all`` is every
module from the first byte to the last, those inside adapters too.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

import hookline
from bench.faults import BenchError
from bench.servers import project
from bench.traffic import SECRET, signed
from hookline.cli import main as command_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

__all__ = ["Entry", "changes", "http", "journey", "modules"]

_PACKAGE = f"{Path(hookline.__file__).parent}{os.sep}"
_HTTP = frozenset(
    f"runtimes.embedded.{name}"
    for name in ("connection_state", "connections", "exchange", "framing", "protocol", "reading")
)
_WARM_UP, _TRACED = 80, 15  # requests
_PATIENCE = 30.0  # seconds


class Entry(NamedTuple):
    """A function that was entered."""

    module: str
    function: str


def modules(entries: Sequence[Entry]) -> list[str]:
    """The modules, in the order in which they were first entered."""
    return list(dict.fromkeys(entry.module for entry in entries))


def changes(entries: Sequence[Entry]) -> int:
    """How often the next function is in another module."""
    return sum(one.module != other.module for one, other in pairwise(entries))


def http(entries: Sequence[Entry]) -> list[Entry]:
    """The part that reads the socket and writes to it."""
    return [entry for entry in entries if entry.module in _HTTP]


def journey(entries: Sequence[Entry]) -> list[Entry]:
    """The part between the application's call and its answer, each adapter as one module."""
    first = next(at for at, entry in enumerate(entries) if entry.function == "Ingest.__call__")
    last = max(at for at, entry in enumerate(entries) if entry.function == "Exchange.answer")
    return [_as_one(entry) for entry in entries[first:last] if entry.module not in _HTTP]


def _as_one(entry: Entry) -> Entry:
    if not entry.module.startswith("adapters."):
        return entry
    return entry._replace(module=".".join(entry.module.split(".")[:2]))


class _Trace:
    """Notes what is entered while it is open."""

    def __init__(self) -> None:
        self._entries: list[Entry] | None = None

    def install(self) -> None:
        """Look on in this thread, and in all that start from now on."""
        threading.setprofile(self._look)
        sys.setprofile(self._look)

    def open(self) -> None:
        self._entries = []

    def close(self) -> tuple[Entry, ...]:
        found, self._entries = self._entries or [], None
        return tuple(found)

    def _look(self, frame: FrameType, event: str, _argument: object) -> None:
        entries = self._entries
        if entries is not None and event == "call" and (file := frame.f_code.co_filename).startswith(_PACKAGE):
            module = file.removeprefix(_PACKAGE).removesuffix(".py").replace(os.sep, ".").removesuffix(".__init__")
            entries.append(Entry(module, frame.f_code.co_qualname))


class _Sender(threading.Thread):
    """Sends the requests once the server listens, and then asks this process to stop."""

    def __init__(self, log: Path, trace: _Trace) -> None:
        super().__init__(name="sender")
        self.traced: list[tuple[Entry, ...]] = []
        self.fault: Exception | None = None
        self._log = log
        self._trace = trace

    def run(self) -> None:
        """Send, and keep the fault that ended it."""
        sys.setprofile(None)
        try:
            with socket.create_connection(("127.0.0.1", self._port()), timeout=_PATIENCE) as connection:
                self._send(connection)
        except Exception as fault:  # noqa: BLE001 -- raised by the thread that waits for this one
            self.fault = fault
        os.kill(os.getpid(), signal.SIGTERM)

    def _send(self, connection: socket.socket) -> None:
        for number, request in enumerate(signed(_WARM_UP + _TRACED)):
            time.sleep(0.02)  # the server has done what follows an answer
            if number >= _WARM_UP:
                self._trace.open()
            connection.sendall(request.wire)
            answer = connection.recv(65536)
            entries = self._trace.close()
            if not answer.startswith(b"HTTP/1.1 202 "):
                raise BenchError(f"the answer is not 202: {answer!r}")
            if entries:
                self.traced.append(entries)

    def _port(self) -> int:
        """The port that the server announces."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            for line in self._log.read_bytes().splitlines():
                if b'"serving"' in line:
                    return int(orjson.loads(line)["url"].rpartition(":")[2])
            time.sleep(0.05)
        raise BenchError(f"the server did not start: {self._log.read_text()}")


def _trace(directory: Path) -> tuple[Entry, ...]:
    """The commonest sequence."""
    log = directory / "server.log"
    words = ["serve", "--config", str(project(directory)), "--data-dir", str(directory / "data"), "--port", "0"]
    trace = _Trace()
    sender = _Sender(log, trace)
    os.environ["TRANSACTIONS_SECRET"] = SECRET
    with log.open("wb") as written, suppress(SystemExit):
        sender.start()
        standard_error = os.dup(2)
        os.dup2(written.fileno(), 2)
        trace.install()
        try:
            command_line([*words, "--admin-port", "0", "--log-format", "json"])
        finally:
            sys.setprofile(None)
            os.dup2(standard_error, 2)
    sender.join()
    if sender.fault is not None:
        raise BenchError("the request could not be traced") from sender.fault
    return Counter(sender.traced).most_common(1)[0][0]


def _lines(entries: Sequence[Entry]) -> Iterator[str]:
    """The sequence, with neighbours in one module folded."""
    for module, found in groupby(entries, key=lambda entry: entry.module):
        yield f"{module:<34} {', '.join(entry.function.rpartition('.')[2] for entry in found)}"


def _main() -> None:
    words = argparse.ArgumentParser(prog="python -m bench.journey", description="Which modules a 202 passes.")
    words.add_argument("--json", action="store_true", help="print the sequence as JSON")
    as_json = words.parse_args().json
    with tempfile.TemporaryDirectory(prefix="journey-") as directory:
        entries = _trace(Path(directory))
    if as_json:
        print(orjson.dumps([[*entry] for entry in entries]).decode())
        return
    print(*_lines(entries), sep="\n")
    print()
    for name, part in (("http", http(entries)), ("journey", journey(entries)), ("all", entries)):
        print(f"{name:<8} {len(modules(part)):>3} modules {changes(part):>4} changes {len(part):>4} functions entered")


if __name__ == "__main__":
    _main()
