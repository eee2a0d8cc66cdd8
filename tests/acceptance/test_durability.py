"""Surviving kill -9 is not surviving a power cut: what was acknowledged must have been on the disk, not on its way there.

The system calls of the real server are recorded in one order. For every 202 the bytes of its event have to be in the write-ahead log,
in a transaction whose commit frame is there too, and an fdatasync of that file has to have returned, all before the answer was
written to the socket.
"""

from __future__ import annotations

import json
import re
import shutil
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from acceptance.sender import Sender, transaction
from acceptance.server import Server
from processes import run_process
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SHIM = Path(__file__).with_name("trace_shim.c")
CLIENTS = 4
EACH = 25
FRAME_HEAD = 24  # bytes (sqlite.org/fileformat2.html, section 4.1)
PAGE = 4096
LAZY = """
from hookline.adapters.sqlite.lazy_connection import LazyConnection
configure = LazyConnection._configure
def lazily(self, connection):
    configure(self, connection)
    connection.pragma("synchronous", "{}")
LazyConnection._configure = lazily
"""
"""hookline with its promise broken: as after a mistake in one PRAGMA."""


class Step(NamedTuple):
    """One system call: W a write to the log, S a sync of it that returned, A an answer that is about to be written."""

    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Tracer:
    """A way to see the system calls of a server: how to run it, and how to read what was seen."""

    server: Callable[[str], Server]
    steps: Callable[[], list[Step]]


def shim(folder: Path) -> Tracer:
    """A library between hookline and libc."""
    library, trace = folder / "shim.so", folder / "trace"
    run_process(["gcc", "-shared", "-fPIC", "-O1", "-o", library, SHIM, "-ldl"], check=True)
    environment = {"LD_PRELOAD": str(library), "TRACE_FILE": str(trace)}
    return Tracer(
        lambda before: Server(folder, before=before, environment=environment),
        lambda: list(_records(trace.read_bytes())),
    )


def strace(folder: Path) -> Tracer:
    """The kernel's own word for it, where tracing is allowed."""
    trace = folder / "trace"
    wrapper = ["strace", "-f", "-qq", "-y", "-xx", "-s", "70000", "-o", str(trace)]
    wrapper += ["-e", "trace=write,pwrite64,writev,sendto,sendmsg,fsync,fdatasync"]
    return Tracer(
        lambda before: Server(folder, before=before, wrapper=wrapper), lambda: list(_calls(trace.read_text()))
    )


TRACERS = {"gcc": shim, "strace": strace}


@pytest.fixture(params=list(TRACERS))
def tracer(request: pytest.FixtureRequest, tmp_path: Path) -> Tracer:
    """Each way that this machine offers."""
    name: str = request.param
    if name == "strace" and (shutil.which(name) is None or not _may_trace()):
        pytest.skip("no strace here, or no permission to use it")
    tool(name)
    return TRACERS[name](tmp_path)


def test_this_machine_can_look_at_system_calls() -> None:
    """A proof that is skipped everywhere proves nothing: the machine must have one of the two ways."""
    tools = [tool for tool in TRACERS if shutil.which(tool)]

    assert tools, "install gcc (better) or strace: without either, nothing here can show that events are durable"


def test_no_202_leaves_before_the_disk_has_the_event(tracer: Tracer) -> None:
    """Promise 1. In a power cut, whatever only the operating system knew is gone, and the sender will not send it again."""
    accepted = _post_to(tracer.server(""))

    steps = tracer.steps()
    acknowledged = _acknowledged(steps)
    early = _too_early(steps)

    assert len(accepted) == CLIENTS * EACH
    assert set(acknowledged) == accepted, "the recording does not hold every answer, so that it proves nothing"
    assert early == []


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_the_recording_convicts_a_server_that_does_not_wait_for_the_disk(tracer: Tracer, synchronous: str) -> None:
    """A test of the proof: with one PRAGMA changed, the same events must be found to be acknowledged too early."""
    accepted = _post_to(tracer.server(LAZY.format(synchronous)))

    early = _too_early(tracer.steps())

    assert len(accepted) == CLIENTS * EACH
    assert len(early) > len(accepted) / 2


def _post_to(server: Server) -> set[str]:
    """The ids that were acknowledged to a few senders at the same time, so that commits carry groups of events."""
    accepted: set[str] = set()

    def post(client: int) -> None:
        with Sender(server.port) as sender:
            for number in range(EACH):
                # a letter after the number, so that no id is a part of another
                answer = sender.post(transaction(f"c{client}n{number}x"))
                if answer.status == 202:
                    accepted.add(answer.json()["event_id"])

    with server:
        threads = [threading.Thread(target=post, args=(client,)) for client in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        server.terminate()
    return accepted


def _acknowledged(steps: Sequence[Step]) -> list[str]:
    return [event_id for step in steps if step.kind == "A" for event_id in _ids(step.data)]


def _ids(answer: bytes) -> list[str]:
    return [json.loads(body)["event_id"] for body in re.findall(rb'\{"event_id":.*?\}', answer)]


def _too_early(steps: Sequence[Step]) -> list[str]:
    """The ids that were acknowledged before their transaction was on the disk."""
    early: list[str] = []
    waiting: list[bytes] = []  # pages of the transaction that is being written
    written: list[bytes] = []  # pages of whole transactions since the last sync
    durable = b""
    commits = False
    for step in steps:
        if step.kind == "W":
            data = step.data
            if len(data) in (FRAME_HEAD, FRAME_HEAD + PAGE):
                commits = data[4:8] != b"\0\0\0\0"  # the size of the database: only a commit frame has it
                data = data[FRAME_HEAD:]
            if data:
                waiting.append(data)
            if commits and data:
                written, waiting = written + waiting, []
        elif step.kind == "S":
            durable, written = durable + b"".join(written), []
        else:
            early += [event_id for event_id in _ids(step.data) if event_id.encode() not in durable]
    return early


def _records(trace: bytes) -> Iterator[Step]:
    """What the shim wrote."""
    at = 0
    while at < len(trace):
        kind, length = struct.unpack_from("=cI", trace, at)
        yield Step(kind.decode(), trace[at + 5 : at + 5 + length])
        at += 5 + length


def _calls(trace: str) -> Iterator[Step]:
    """What strace wrote: a call that another thread interrupted is on two lines, begun and resumed."""
    begun: dict[str, str] = {}
    for line in trace.splitlines():
        thread, _, call = line.partition(" ")
        call = call.strip()
        if resumed := re.match(r"<\.\.\. \w+ resumed>", call):
            begin = begun.pop(thread, "")
            if not _is_answer(begin):  # an answer had its place when it began
                yield from _step(begin + call[resumed.end() :])
        elif call.endswith("<unfinished ...>"):
            begun[thread] = call.removesuffix("<unfinished ...>")
            if _is_answer(call):
                yield from _step(call)
        else:
            yield from _step(call)


def _is_answer(call: str) -> bool:
    return _hex("HTTP/1.1 202") in call


def _step(call: str) -> Iterator[Step]:
    texts = re.findall(r'"((?:\\x[0-9a-f]{2})*)"', call)
    data = b"".join(bytes.fromhex(text.replace("\\x", "")) for text in texts)
    target = re.match(r"\w+\(\d+<([^>]*)>", call)
    is_log = target is not None and (target[1].endswith(("-wal", _hex("-wal"))))
    if _is_answer(call):
        yield Step("A", data)
    elif is_log and call.startswith(("fsync", "fdatasync")) and call.endswith("= 0"):
        yield Step("S", b"")
    elif is_log and data:
        yield Step("W", data)


def _hex(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def _may_trace() -> bool:
    return run_process(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0
