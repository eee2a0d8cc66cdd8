"""Taking new connections while many others are busy."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import uvloop

from certificates import self_signed
from hookline.runtimes.embedded.acceptor import Acceptor
from hookline.runtimes.embedded.server import listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NEWCOMERS = 60


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port."""
    with listen("127.0.0.1", 0) as listener:
        yield listener


class _Counted(asyncio.Protocol):
    """A connection that was taken, by its peer."""

    def __init__(self, taken: list[object]) -> None:
        self._taken = taken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._taken.append(transport.get_extra_info("peername"))


class _BusyLoop:
    """Turns that are long, as with a thousand busy connections, and counted."""

    def __init__(self) -> None:
        self.turns = 0
        self._loop = asyncio.get_running_loop()
        self._ended = False
        self._turn()

    def _turn(self) -> None:
        self.turns += 1
        time.sleep(0.005)
        if not self._ended:
            self._loop.call_soon(self._turn)

    def end(self) -> None:
        """Let the loop rest."""
        self._ended = True


def _run(main: Callable[[], object]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())  # type: ignore[arg-type]  # coroutine functions of this file


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 -- sockets have no event to wait for
            await asyncio.sleep(0.005)


def test_all_that_wait_are_taken_in_few_turns(listener: socket.socket) -> None:
    """One connection a turn was too slow: under load no new connection was taken until the load ended."""
    taken: list[object] = []

    async def main() -> None:
        acceptor = Acceptor(listener, lambda: _Counted(taken), on_no_files=lambda: None)
        with ExitStack() as stack:
            for _ in range(NEWCOMERS):
                stack.enter_context(socket.create_connection(listener.getsockname()))
            busy = _BusyLoop()
            await _until(lambda: len(taken) == NEWCOMERS)
            busy.end()
            turns = busy.turns
        acceptor.close()
        await acceptor.wait_closed()
        assert turns < NEWCOMERS / 2

    _run(main)


def test_a_closed_acceptor_takes_no_more(listener: socket.socket) -> None:
    """The stop has begun: new connections are for the next server."""
    taken: list[object] = []

    async def main() -> None:
        acceptor = Acceptor(listener, lambda: _Counted(taken), on_no_files=lambda: None)
        acceptor.close()
        with socket.create_connection(listener.getsockname()):
            await asyncio.sleep(0.1)

    _run(main)

    assert taken == []


class _OutOfFiles(socket.socket):
    """A listening socket of a process that has no file left for a while."""

    refusals = 3

    def accept(self) -> tuple[socket.socket, object]:
        if self.refusals:
            self.refusals -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_a_process_without_files_makes_room_and_tries_again(listener: socket.socket) -> None:
    """Nothing but a pause would leave it out of files; trying without a pause would take the whole processor."""
    taken: list[object] = []
    made_room: list[float] = []

    async def main() -> None:
        with _OutOfFiles(fileno=listener.dup().detach()) as starved, socket.create_connection(listener.getsockname()):
            acceptor = Acceptor(
                starved, lambda: _Counted(taken), on_no_files=lambda: made_room.append(time.monotonic())
            )
            await _until(lambda: bool(taken))
            acceptor.close()

    _run(main)

    assert len(made_room) == 3
    assert made_room[2] - made_room[0] > 0.15


def test_a_connection_that_left_while_it_waited_is_no_fault(listener: socket.socket) -> None:
    """Port scanners connect and reset; the next one is served."""
    taken: list[object] = []

    async def main() -> None:
        for _ in range(5):
            gone = socket.create_connection(listener.getsockname())
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            gone.close()
        acceptor = Acceptor(listener, lambda: _Counted(taken), on_no_files=lambda: None)
        with socket.create_connection(listener.getsockname()) as stays:
            await _until(lambda: stays.getsockname() in taken)
        acceptor.close()

    _run(main)


def test_handshakes_that_never_end_are_bounded(
    listener: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection in its TLS handshake holds a file, and no protocol counts it: strangers could take all of them."""
    monkeypatch.setattr("hookline.runtimes.embedded.acceptor._MOST_HANDSHAKES", 5)
    chain, key = self_signed(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    taken: list[object] = []

    async def main() -> None:
        acceptor = Acceptor(listener, lambda: _Counted(taken), on_no_files=lambda: None, tls=tls)
        with ExitStack() as stack:
            silent = [stack.enter_context(socket.create_connection(listener.getsockname())) for _ in range(20)]
            for one in silent:
                one.setblocking(False)
            await _until(lambda: sum(_is_closed(one) for one in silent) == 15)
            silent[0].close()
            acceptor.close()

    _run(main)
    assert taken == []


def _is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
