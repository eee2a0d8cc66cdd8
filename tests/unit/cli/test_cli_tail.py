"""``hookline tail`` as a process: an event is shown immediately, and no raw text of a sender reaches the terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from acceptance.sender import sign
from acceptance.server import until
from contract.aws import ENVIRONMENT
from processes import running_process, unmeasured
from unit.cli.projects import event
from unit.cli.test_cli_aws import events  # noqa: F401 -- a fixture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from hookline.adapters.aws.event_store import DynamoEventStore
    from unit.cli.projects import Served, Store

WAITING = "Waiting for events. Ctrl-C ends.\n"


class Tail:
    """The command, and the lines that it has printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def stop(self) -> tuple[int, str]:
        """Ctrl-C; the exit code, and what was said on standard error since it waits."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.stderr is not None
        said = self.process.stderr.read()
        code = self.process.wait(timeout=120)
        self.join()
        return code, said

    def join(self) -> None:
        """Wait for the end of what it prints."""
        self._reader.join(timeout=10)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))


@contextmanager
def tailing(*words: str) -> Iterator[Tail]:
    """Run it until the end of the block, once it waits."""
    command = [sys.executable, "-m", "hookline", "tail", *words]
    with running_process(
        command, env=unmeasured(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert first == WAITING, first + process.stderr.read()
        tail = Tail(process)
        try:
            yield tail
        finally:
            process.kill()
            tail.join()


def test_events_are_shown_as_they_come_with_their_queues(store: Store) -> None:
    """Source, type, id and queues: a person looks at them first for a new sender."""
    store.accept(event("before"))
    with tailing() as tail:
        store.accept(event("one"), event("two", type_="refund"))
        until(lambda: len(tail.lines) == 2)
        store.accept(event("three", type_="unknown"))
        until(lambda: len(tail.lines) == 3)
        code, said = tail.stop()

    assert [line.split(" ", 1)[1] for line in tail.lines] == [
        "transactions payment transactions:one -> payments, 38 bytes",
        "transactions refund transactions:two -> refunds, 38 bytes",
        "transactions unknown transactions:three -> unrouted, 40 bytes",
    ]
    assert (code, said.strip()) == (130, "")


def test_filters_leave_the_others_out(store: Store) -> None:
    """On a busy system a person watches one queue."""
    with tailing("--queue", "refunds") as by_queue, tailing("--type", "payment", "--json") as by_type:
        store.accept(event("one"), event("two", type_="refund"))
        until(lambda: by_queue.lines and by_type.lines)
        time.sleep(0.6)

        assert [line.split()[3] for line in by_queue.lines] == ["transactions:two"]
        (document,) = map(json.loads, by_type.lines)
        assert (document["kind"], document["id"], document["queues"]) == ("event", "transactions:one", ["payments"])
        assert document.keys() >= {"source", "type", "received_at", "status", "size", "sha256"}


def test_escape_sequences_of_senders_do_not_reach_the_terminal(store: Store) -> None:
    """An id or a type is the sender's text: it could clear the screen, or write what looks like another event."""
    with tailing() as tail, tailing("--json") as as_json:
        store.accept(event("\x1b[2J\u202eevil\u2028x", type_="a\nb\x07"))
        until(lambda: tail.lines and as_json.lines)

        assert tail.lines[0].isprintable()
        assert "transactions:\ufffd[2J\ufffdevil\ufffdx" in tail.lines[0]
        assert as_json.lines[0].isascii()
        assert json.loads(as_json.lines[0])["id"] == "transactions:\x1b[2J\u202eevil\u2028x"


def test_refused_requests_of_a_running_server_are_shown(served: Served) -> None:
    """A wrong secret shows while the operator sets the sender up."""
    body = b'{"event_id": "x"}'
    with tailing("--rejected") as tail, tailing() as without:
        call = urllib.request.Request(  # noqa: S310 -- our own server
            f"{served.url}/webhook",
            data=body,
            headers={**sign(body, key=b"wrong" * 8), "Content-Type": "application/json"},
        )
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(call)  # noqa: S310 -- as above
        until(lambda: tail.lines)

        assert " transactions refused [signature_mismatch], " in tail.lines[0]
        assert tail.lines[0].endswith("(hookline rejected show 1)")
        assert without.lines == []


@pytest.mark.usefixtures("store")
def test_a_reader_that_goes_away_ends_it_although_nothing_comes() -> None:
    """``| head`` must not leave a process behind that waits for the next event."""
    reader, writer = os.pipe()
    words = [sys.executable, "-m", "hookline", "tail"]
    with running_process(words, stdout=writer, stderr=subprocess.PIPE, text=True) as process:
        os.close(writer)
        assert process.stderr is not None
        assert process.stderr.readline() == WAITING
        os.close(reader)
        code = process.wait(timeout=10)

        assert (code, process.stderr.read()) == (1, "")


@pytest.mark.usefixtures("store")
def test_an_unknown_queue_is_refused_immediately(run: Callable[..., Result]) -> None:
    """A mistyped name would wait without end."""
    result = run("tail", "--queue", "payment")

    assert (result.exit_code, "there is no queue 'payment'" in result.stderr) == (1, True)


def test_it_continues_while_a_server_writes_and_delays_nothing(served: Served, project: Path) -> None:
    """With a server under load: each event is shown once, and none is refused because somebody watches."""
    words = [
        sys.executable,
        "-m",
        "hookline",
        "send",
        "transactions",
        "samples/payment.json",
        "--url",
        served.url,
        "--count",
        "300",
        "--json",
    ]
    with tailing("--json") as tail, running_process(words, cwd=project, stdout=subprocess.PIPE, text=True) as sender:
        out, _ = sender.communicate(timeout=60)
        until(lambda: len(tail.lines) >= 300, seconds=20)
        shown: list[dict[str, Any]] = [json.loads(line) for line in tail.lines]

    assert json.loads(out)["asked"] == 300
    assert len({one["id"] for one in shown}) == len(shown) == 300


@pytest.mark.usefixtures("deployed")
def test_events_on_aws_are_shown_with_their_queues(events: DynamoEventStore) -> None:  # noqa: F811 -- a fixture
    """The same command, over the index of the time of receipt."""
    events.add([event("before")])
    with tailing("--target", f"aws:{ENVIRONMENT}") as tail:
        events.add([event("one")])
        until(lambda: tail.lines, seconds=20)
        events.add([event("two", type_="refund")])
        until(lambda: len(tail.lines) == 2, seconds=20)

    assert [line.split(" ", 1)[1] for line in tail.lines] == [
        "transactions payment transactions:one -> payments, 38 bytes",
        "transactions refund transactions:two -> refunds, 38 bytes",
    ]
