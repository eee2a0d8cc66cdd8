"""A real server on a disk that is watched, with senders, forgers and consumers at work, and what is left after a power cut."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

import apsw

from acceptance.sender import Sender, sign, transaction
from acceptance.server import Server
from powercut.disk import FATES, Disk, records
from powercut.shim import Shim

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

    from powercut.disk import Record

__all__ = ["Crowd", "Machine"]

SENDERS = 4
CONSUMERS = 2
PAUSE = 0.01  # seconds before trying again
OFTEN = "import hookline.runtimes.embedded.wiring.serve as wiring\nwiring._CHECKPOINT_PAGES = 100\n"
"""Checkpoints as often as the keeper looks, so that a short run holds many."""

IMPATIENT = '[server]\nstorage_timeout = "2s"\n'
LISTED = (
    ("events", "SELECT id FROM events"),
    ("messages", "SELECT e.id FROM messages m JOIN events e ON e.seq = m.event"),
)


@dataclass
class Crowd:
    """Clients that continue until they are stopped, whatever the server answers."""

    server: Server
    name: str
    accepted: int = 0
    refused: int = 0
    consumed: set[str] = field(default_factory=set)
    """Events whose message a consumer asked to delete."""

    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        jobs = [*(partial(self._send, number) for number in range(SENDERS)), self._forge, *[self._consume] * CONSUMERS]
        self._threads = [threading.Thread(target=self._repeat, args=(job,)) for job in jobs]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=30)
            assert not thread.is_alive(), "a client hangs"

    def _repeat(self, job: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                job()
            except (OSError, AssertionError):  # the server is gone, or a consumer was refused
                time.sleep(PAUSE)

    def _send(self, number: int) -> None:
        with self.server.sender() as sender:
            while not self._stopping.is_set():
                body = transaction(f"{self.name}_{number}_{time.monotonic_ns()}", metadata={"note": "x" * 300})
                if sender.post(body).status == 202:
                    self.accepted += 1
                else:
                    self.refused += 1
                    time.sleep(PAUSE)

    def _forge(self) -> None:
        with self.server.sender() as sender:
            while not self._stopping.is_set():
                assert sender.post(transaction("forged"), headers=sign(b"another body")).status in (401, 503)
                time.sleep(PAUSE)

    def _consume(self) -> None:
        url = f"{self.server.admin}/000000000000/payments"
        with Sender(self.server.admin_port) as sender:
            while not self._stopping.is_set():
                for message in sender.sqs("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=2).get("Messages", []):
                    self.consumed.add(json.loads(message["Body"])["id"])
                    sender.sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                time.sleep(PAUSE)


class Machine:
    """A server, its disk, and the switch that lets a sync fail."""

    def __init__(self, folder: Path, *, before: str = "") -> None:
        self.root = folder / "disk"
        self.root.mkdir()
        self.shim = Shim.build(folder, self.root)
        self.server = Server(folder, before=OFTEN + before, environment=self.shim.environment, more=IMPATIENT)
        self.server.data_dir = self.root / "new" / "data"

    def records(self) -> list[Record]:
        """Everything that the processes did to the disk so far, and the clients that they answered."""
        return list(records(self.shim.log))

    def losses(
        self, happened: Sequence[Record], cuts: Iterable[int], consumed: set[str], chance: random.Random
    ) -> list[str]:
        """What is wrong after a power cut at each of ``cuts`` (how many records happened before it), one line for each."""
        wanted, disk, found = sorted(cuts), Disk(), []
        for number, record in enumerate(happened, 1):
            disk.apply(record)
            while wanted and wanted[0] == number:
                wanted.pop(0)
                for fate in FATES:
                    found += [f"cut {number}, {fate}: {fault}" for fault in self._after(disk, fate, consumed, chance)]
        return found

    def _after(self, disk: Disk, fate: str, consumed: set[str], chance: random.Random) -> list[str]:
        with TemporaryDirectory(dir=self.root.parent) as folder:
            disk.write_to(Path(folder), self.root, fate, chance)
            path = Path(folder) / "new" / "data" / "hookline.db"
            try:
                return _faults(path, disk.acknowledged, consumed)
            except apsw.Error as error:
                return [f"cannot be read: {error}"]


def _faults(path: Path, acknowledged: set[str], consumed: set[str]) -> list[str]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        found = [f"integrity: {row[0]}" for row in connection.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
        for name, query in LISTED:
            there = {row[0] for row in connection.execute(query)}
            lost = acknowledged - there - (consumed if name == "messages" else set())
            found += [f"{len(lost)} of {len(acknowledged)} {name} lost"] if lost else []
        return found
    finally:
        connection.close()
