"""The measurement of retention: when a removal is over, which answers count, and what the file holds that it removes from."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from bench.faults import BenchError
from bench.fill import fill
from bench.open_loop import _CONNECTIONS, Answered, send_open_loop
from bench.retention import Removal, p99
from bench.traffic import signed

from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database, SqliteQueues, SqliteRetention

EXAMPLE = Path(__file__).parents[2] / "examples" / "transactions" / "hookline.toml"
SERVING = b'{"at":"2026-01-01T00:00:01.000000Z","event":"serving"}\n'
EXPIRED = b'{"at":"2026-01-01T00:00:03.500000Z","event":"expired","events":70,"messages":0}\n'


def test_a_removal_is_over_once_the_whole_line_is_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is read while it is written: half a line does not count."""
    monkeypatch.setattr("bench.retention._LOOK_EVERY", 0.0)
    log = tmp_path / "server.log"
    log.write_bytes(SERVING + EXPIRED[:40])
    removal = Removal(log)

    assert not removal.is_over()
    log.write_bytes(SERVING + EXPIRED)

    assert removal.is_over()
    assert (removal.events, removal.took) == (70, 2.5)


def test_a_removal_that_never_ends_is_no_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The load would continue until the disk is full."""
    monkeypatch.setattr("bench.retention._LONGEST", 0.0)
    log = tmp_path / "server.log"
    log.write_bytes(SERVING)

    with pytest.raises(BenchError):
        Removal(log).is_over()


def test_the_first_second_of_a_load_does_not_count() -> None:
    """New connections and a new server are slow for other reasons."""
    slow = [Answered(f"{number}", number / 100, number / 100 + 9) for number in range(100)]
    rest = [Answered(f"{number}", number / 100, number / 100 + 0.002) for number in range(100, 500)]

    assert p99([*rest, *slow]) == pytest.approx(2)


def test_of_a_load_shorter_than_two_seconds_the_second_half_counts() -> None:
    """A measurement must be possible for a quick removal too."""
    slow = [Answered(f"{number}", number / 100, number / 100 + 9) for number in range(50)]
    rest = [Answered(f"{number}", number / 100, number / 100 + 0.002) for number in range(50, 101)]

    assert p99([*slow, *rest]) == pytest.approx(2)


@pytest.mark.parametrize(("kept", "removed"), [(timedelta(0), 30), (timedelta(days=1), 0)])
def test_a_file_is_filled_with_events_that_have_expired_or_not(tmp_path: Path, kept: timedelta, removed: int) -> None:
    """Events whose messages still wait would not be removed at all."""
    fill(tmp_path / "data", EXAMPLE, 30, consumed=True, retention=kept)

    with closing(Database.open(tmp_path / "data" / "hookline.db", clock=SystemClock())) as database:
        assert SqliteQueues(database).depth("payments").visible == 0
        assert SqliteRetention(database).expire_events(limit=100) == removed


def test_an_open_loop_sends_what_is_due_while_earlier_requests_wait() -> None:
    """A load that sends after the answers would hide how many requests a slow answer delays."""
    answered = asyncio.run(sent_to(Answers(status=b"202 Accepted", at_a_time=20)))

    assert len(answered) == 20
    assert min(one.at for one in answered) > max(one.due for one in answered)


def test_an_open_loop_ends_with_the_first_refusal() -> None:
    """Nothing that was refused may be counted as answered."""
    with pytest.raises(BenchError, match="503"):
        asyncio.run(sent_to(Answers(status=b"503 Service Unavailable", at_a_time=1)))


@dataclass(kw_only=True)
class Answers:
    """The answers of a server, once ``at_a_time`` requests wait."""

    status: bytes
    at_a_time: int
    waiting: list[asyncio.Transport] = field(default_factory=list)
    hung_up: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))


class Connection(asyncio.Protocol):
    """A connection to that server."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers go through."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Count a request that is whole."""
        self.came += data
        head, _, body = self.came.partition(b"\r\n\r\n")
        if len(body) < int(head.rpartition(b"Content-Length: ")[2]):
            return
        self.came = b""
        waiting = self.answers.waiting
        waiting.append(self.transport)
        if len(waiting) == self.answers.at_a_time:
            for transport in waiting:
                transport.write(b"HTTP/1.1 " + self.answers.status + b"\r\nContent-Length: 0\r\n\r\n")
            waiting.clear()

    def connection_lost(self, _: Exception | None) -> None:
        """The sender has closed the connection."""
        self.answers.hung_up.release()


async def sent_to(answers: Answers) -> list[Answered]:
    """20 requests, sent to a server with these answers."""
    async with asyncio.timeout(20):
        server = await asyncio.get_running_loop().create_server(lambda: Connection(answers), "127.0.0.1", 0)
        async with server:
            host, port = server.sockets[0].getsockname()
            try:
                return await send_open_loop(f"http://{host}:{port}", signed(20), rate=1000)
            finally:
                for _ in range(_CONNECTIONS):
                    await answers.hung_up.acquire()
