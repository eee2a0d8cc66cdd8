"""The log has one line for each event, contains no secret, and delays no request."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any  # Any: a JSON document

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.request import Headers, Request
from hookline.pipeline.receive import Call
from hookline.runtimes.embedded.log import Log, json_line, pretty_line
from unit.builders import event, secret
from unit.embedded.fakes import source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hookline.runtimes.embedded.log import Fields

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
PIPE = 64 * 1024


def _call(*, event_id: str | None = "transactions:evt_1", address: str = "192.0.2.1") -> Call:
    """What the log gets of a request."""
    request = Request(method="POST", path="/webhook", headers=Headers([]), body=b"x" * 42, received_at=AT)
    call = Call(request=request, address=address, size=42, started=time.perf_counter())
    call.source, call.event_id = source(), event_id
    return call


SCOPE: dict[str, object] = {"method": "POST", "path": "/webhook", "client": ("192.0.2.1", 4711)}


@contextmanager
def _logging(path: Path, render: Callable[[Fields], bytes] = json_line) -> Iterator[Log]:
    """A log that writes to a file until the block ends."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    log = Log(descriptor, render)
    log.start()
    try:
        yield log
    finally:
        log.stop()
        os.close(descriptor)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


# lines


def test_each_request_is_one_line_of_json(tmp_path: Path) -> None:
    """The reader of the log is a program: each line is complete on its own, and has the same keys."""
    with _logging(tmp_path / "log") as log:
        log.request(SCOPE, _call(), 202, "accepted")
        log.request(SCOPE, _call(event_id=None, address=""), 503, "overloaded")

    accepted, refused = _lines(tmp_path / "log")
    assert accepted.pop("at").endswith("Z")
    assert 0 <= accepted.pop("ms") < 1000
    assert accepted == {
        "level": "info",
        "event": "request",
        "method": "POST",
        "path": "/webhook",
        "source": "transactions",
        "status": 202,
        "outcome": "accepted",
        "event_id": "transactions:evt_1",
        "bytes": 42,
        "client": "192.0.2.1",
    }
    assert (refused["level"], refused["event_id"], refused["client"]) == ("error", None, None)


def test_what_an_operator_should_know_has_its_fields(tmp_path: Path) -> None:
    """Fields include times and paths, which JSON writes as text."""
    with _logging(tmp_path / "log") as log:
        log.say("warning", "something", at_next=AT, folder=tmp_path, count=3)

    (line,) = _lines(tmp_path / "log")
    assert (line["level"], line["event"], line["count"]) == ("warning", "something", 3)
    assert (line["at_next"], line["folder"]) == ("2026-01-02T03:04:05.678901Z", str(tmp_path))


def test_a_fault_comes_with_its_traceback_on_one_line(tmp_path: Path) -> None:
    """An operator who is asked for a report can copy the whole line."""
    with _logging(tmp_path / "log") as log:
        try:
            raise ValueError("first\nsecond")  # noqa: TRY301 -- a fault needs a traceback
        except ValueError as fault:
            log.fault("it failed", fault)

    (line,) = _lines(tmp_path / "log")
    assert (line["level"], line["event"], line["fault"]) == ("error", "it failed", "ValueError('first\\nsecond')")
    assert "Traceback" in line["traceback"]
    assert "test_log.py" in line["traceback"]


def test_what_is_left_is_written_at_the_end(tmp_path: Path) -> None:
    """The last lines before a stop say why the server stopped."""
    with _logging(tmp_path / "log") as log:
        for number in range(1000):
            log.say("info", "line", number=number)

    assert [line["number"] for line in _lines(tmp_path / "log")] == list(range(1000))


def test_lines_appear_while_the_server_runs(tmp_path: Path) -> None:
    """An operator reads them while the server runs, and not only when it has ended."""
    with _logging(tmp_path / "log") as log:
        log.say("info", "now")
        deadline = time.monotonic() + 60
        while not (written := (tmp_path / "log").read_bytes()) and time.monotonic() < deadline:
            time.sleep(0.01)

    assert b'"now"' in written


TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
NAMES = st.text(max_size=40).filter(lambda key: key not in ("at", "level", "event"))  # written by the log itself
VALUES = st.one_of(TEXT, st.integers(), st.floats(), st.none(), st.binary(max_size=9), st.datetimes())


@given(text=TEXT, fields=st.dictionaries(NAMES, VALUES, max_size=4))
def test_any_fields_make_one_line_of_json(text: str, fields: dict[str, object]) -> None:
    """A line that cannot be rendered would raise an error in a request or in the keeper's thread."""
    line = json_line({"at": AT, "level": "info", "event": text, **fields})

    assert line.count(b"\n") == 1
    assert line.endswith(b"}\n")
    assert set(json.loads(line)) >= {"at", "level", "event"}


@pytest.mark.parametrize("value", ["data\udcff", 2**80, -(2**70), float("nan"), {"a": {1, 2}}, b"\xff"])
def test_what_json_has_no_word_for_is_written_as_text(tmp_path: Path, value: object) -> None:
    """A data directory whose name is not UTF-8 must not stop the server at its first line."""
    with _logging(tmp_path / "log") as log:
        log.say("info", "odd", value=value)
        log.say("info", "next")

    assert [line["event"] for line in _lines(tmp_path / "log")] == ["odd", "next"]


# for people

FORGED = "/x\n03:04:05.678   202 accepted     POST /webhook"


def _pretty(**fields: object) -> str:
    return pretty_line({"at": AT, "level": "info", "event": "said", **fields}).decode()


def test_a_request_is_written_for_a_person() -> None:
    """Status and outcome first; empty fields are left out."""
    request: Fields = {
        "event": "request",
        "status": 202,
        "outcome": "accepted",
        "method": "POST",
        "path": "/webhook",
        "ms": 1.23,
        "event_id": "transactions:evt_1",
    }

    known = _pretty(**request)
    unknown = _pretty(**{**request, "event_id": None, "level": "error"})

    assert known == "03:04:05.678   202 accepted     POST /webhook 1.23 ms transactions:evt_1\n"
    assert unknown.startswith("03:04:05.678 ✗ 202")
    assert "None" not in unknown


@pytest.mark.parametrize(
    ("level", "mark"), [("info", " "), ("warning", "!"), ("error", "✗"), ("critical", " ")]
)  # fmt: skip
def test_the_level_is_a_mark(level: str, mark: str) -> None:
    """A reader sees at a glance what is wrong."""
    assert _pretty(level=level, url="http://127.0.0.1") == f"03:04:05.678 {mark} said url=http://127.0.0.1\n"


@pytest.mark.parametrize(
    "hostile", [FORGED, "\r\x1b[2K202 accepted", "\x1b]0;title\x07", "\x85\u2028x", "\u202e", "\udcff"]
)
def test_outside_text_can_neither_forge_a_line_nor_drive_the_terminal(hostile: str) -> None:
    """Anyone chooses paths and ids: a line break would forge a line, and an escape could hide others."""
    request = pretty_line(
        {"at": AT, "level": "info", "event": "request", "status": 404, "outcome": "unknown_path", "method": "POST",
         "path": hostile, "ms": 1, "event_id": hostile}
    )  # fmt: skip
    said = pretty_line({"at": AT, "level": "info", "event": hostile, "field": hostile})

    for line in (request, said):
        text = line.decode()
        assert text.endswith("\n")
        assert text[:-1].isprintable()


@pytest.mark.parametrize("hostile", [FORGED, "\x1b[2K\r", "\x85x\u2028y\x0bz"])
def test_a_traceback_can_neither_forge_a_line_nor_drive_the_terminal(hostile: str) -> None:
    """The message of an exception may quote a request, so each of its lines is marked."""
    line = _pretty(level="error", traceback=f"Traceback:\n  File x\nValueError: {hostile}\n")

    first, *below = line.split("\n")[:-1]
    assert first == "03:04:05.678 ✗ said"
    assert all(part.startswith("    ") and part.isprintable() for part in below)
    assert "    Traceback:" in below


def test_what_carries_secrets_and_bodies_does_not_show_them() -> None:
    """Any object may be in a field or in a traceback."""
    objects = [
        secret(b"a secret value"),
        event(b'{"card":"4111"}'),
        Request(method="POST", path="/", headers=Headers.of(webhook_signature="v1,abc"), body=b"4111", received_at=AT),
    ]

    lines = [
        render({"at": AT, "level": "info", "event": "x", "it": it})
        for it in objects
        for render in (json_line, pretty_line)
    ]

    for line in lines:
        assert not any(word in line for word in (b"a secret value", b"4111", b"v1,abc"))


# a reader that does not read


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe that nobody reads."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, getattr(fcntl, "F_SETPIPE_SZ", 1031), PIPE)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_a_reader_that_stops_reading_stops_nobody(pipe: tuple[int, int]) -> None:
    """``hookline serve | less``: senders must be answered anyway, memory must stay bounded, and the gap must be reported in the end."""
    reading, writing = pipe
    log = Log(writing, json_line)
    log.start()
    started = time.monotonic()
    for number in range(60_000):
        log.say("info", "line", number=number)
    took = time.monotonic() - started
    waiting = len(log._lines)  # how much is kept in memory cannot be seen from outside

    read = _read_to_the_end(log, reading)

    lines = [json.loads(line) for line in read.splitlines()]
    written = [line["number"] for line in lines if line["event"] == "line"]
    dropped = sum(line["count"] for line in lines if line["event"] == "log lines dropped")
    assert took < 60
    assert waiting <= 20_000
    assert written == sorted(written)
    assert 20_000 <= len(written) < 60_000
    assert dropped == 60_000 - len(written)


def _read_to_the_end(log: Log, reading: int) -> bytes:
    """All that the log still writes, read while it stops."""
    read = bytearray()
    os.set_blocking(reading, False)
    last = time.monotonic()
    log._stopping.set()  # as stop does, which would wait for a reader that this thread is
    while log._thread.is_alive() and time.monotonic() - last < 60:
        try:
            read += os.read(reading, PIPE)
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.001)
    log.stop()
    while True:
        try:
            read += os.read(reading, PIPE)
        except BlockingIOError:
            return bytes(read)


def test_a_reader_that_has_gone_stops_nobody() -> None:
    """A closed terminal is no reason to stop taking events."""
    reading, writing = os.pipe()
    os.close(reading)
    log = Log(writing, json_line)
    log.start()

    for _ in range(3):
        log.say("info", "nobody reads this")
        time.sleep(0.06)
    log.stop()

    assert not log._thread.is_alive()
    os.close(writing)


# libraries


@pytest.mark.parametrize("name", ["uvicorn.error", "asyncio"])
def test_warnings_of_libraries_come_into_the_same_log(tmp_path: Path, name: str) -> None:
    """On standard error they would be lines that a program cannot read, between those that it can."""
    with _logging(tmp_path / "log"):
        logging.getLogger(name).warning("something %s", "odd")
        logging.getLogger(name).info("chatter")
        try:
            raise OSError("broken")  # noqa: TRY301 -- as above
        except OSError:
            logging.getLogger(name).exception("it failed")

    lines = _lines(tmp_path / "log")
    assert [(line["level"], line["event"], line["logger"]) for line in lines] == [
        ("warning", "something odd", name),
        ("error", "it failed", name),
    ]
    assert lines[1]["fault"] == "OSError('broken')"


def test_a_stopped_log_takes_nothing_more_from_libraries(tmp_path: Path) -> None:
    """A second server in one process would write each line twice, and the first log would gather lines without an end."""
    handlers = [len(logging.getLogger(name).handlers) for name in ("uvicorn.error", "asyncio")]

    with _logging(tmp_path / "log"):
        pass

    assert [len(logging.getLogger(name).handlers) for name in ("uvicorn.error", "asyncio")] == handlers


def test_a_long_path_is_cut(tmp_path: Path) -> None:
    """Anyone can send a path as long as a request line, and so fill the log with few requests."""
    with _logging(tmp_path / "log") as log:
        log.request({**SCOPE, "path": "/" + "a" * 30_000}, _call(), 404, "unknown_path")

    (line,) = _lines(tmp_path / "log")
    assert line["path"] == "/" + "a" * 255
