"""A disk that hookline filled: it must be able to empty it, and to start on it."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from acceptance.sender import Sender, transaction
from acceptance.server import Server, until
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = 14 * 1024 * 1024
RESERVE = 4 * 1024 * 1024
STORAGE = f"[storage]\nreserve = {RESERVE}"
NOTE = base64.b64encode(random.Random(1).randbytes(6000)).decode()
FULL = "the disk is full: new events get 503 until there is room"
ROOM_AGAIN = "the disk has free space again: new events are accepted"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, mounted where the server keeps its data."""
    folder = tmp_path / "data"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mounted = run_process(
        [mount, "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.decode()}")
    yield tmp_path
    run_process(["umount", "-l", str(folder)], check=True)


def fill(server: Server, *, prefix: str = "fill") -> set[str]:
    """Send events until one is refused; the ids of those that were accepted."""
    accepted: set[str] = set()
    with server.sender() as sender:
        for number in range(20_000):
            answer = sender.post(transaction(f"{prefix}_{number}", note=NOTE[number % 1000 :]))
            if answer.status == 503:
                assert answer.code == "storage_full", answer
                assert int(answer.headers["retry-after"]) > 0
                if server.ready() == 503:
                    return accepted
                continue
            assert answer.status == 202, answer
            accepted.add(f"transactions:{prefix}_{number}")
    raise AssertionError("the disk was never full")


def drain(server: Server) -> int:
    """Consume everything on the payments queue; how many messages there were."""
    taken = 0
    with Sender(server.admin_port) as sender:
        url = f"{server.admin}/000000000000/payments"
        while messages := patiently(sender, "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                patiently(sender, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            taken += len(messages)
    return taken


def patiently(sender: Sender, action: str, **parameters: object) -> dict[str, Any]:  # as Sender.sqs
    """The answer, asked for again while there is none: a consumer does so, until the server has noticed that the disk is full."""
    for _ in range(50):
        with suppress(AssertionError):
            return sender.sqs(action, **parameters)
        time.sleep(0.1)
    return sender.sqs(action, **parameters)


def forget_delivered(server: Server) -> None:
    """Remove what was consumed, as retention does when its time is over, from another process."""
    connection = apsw.Connection(str(server.data_dir / "hookline.db"), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(5000)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    while True:
        connection.execute("DELETE FROM events WHERE seq IN (SELECT seq FROM events LIMIT 20)")
        if not connection.changes():
            break
        time.sleep(0.05)  # retention lets the log be brought in after each step
    connection.close()


def asked(server: Server, path: str) -> tuple[int, dict[str, object]]:
    """What the admin port says."""
    with Sender(server.admin_port) as sender:
        answer = sender.request("GET", path)
        return answer.status, answer.json()


def free(folder: Path) -> int:
    """Bytes that are free on the disk."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def test_new_events_are_refused_before_the_disk_is_full_and_consumers_continue(small_disk: Path) -> None:
    """The last bytes are for consumers, who empty the disk; a refused event comes again, and every accepted one is there."""
    with Server(small_disk, more=STORAGE) as server:
        accepted = fill(server)
        left = free(server.data_dir)
        health, ready = asked(server, "/health")[0], asked(server, "/ready")
        server.wait_for(FULL)
        lines = server.all(FULL)
        taken = drain(server)
        stored = server.event_ids()
        server.terminate()

    assert len(accepted) > 300
    assert left >= RESERVE // 2, left
    assert (health, ready[0]) == (200, 503)
    assert "[storage] reserve" in str(ready[1]["reason"])
    assert [line["level"] for line in lines] == ["error"]
    assert taken == len(accepted)
    assert stored == accepted


def test_rows_that_are_removed_make_room_for_new_events(small_disk: Path) -> None:
    """The file never shrinks: its empty pages must count as room, or the disk would stay full."""
    with Server(small_disk, more=STORAGE) as server:
        accepted = fill(server)
        size = (server.data_dir / "hookline.db").stat().st_size
        taken = drain(server)
        forget_delivered(server)
        until(lambda: server.ready() == 200, seconds=20)
        with server.sender() as sender:
            again = sender.post(transaction("after", note=NOTE))
        server.wait_for(ROOM_AGAIN)
        grown = (server.data_dir / "hookline.db").stat().st_size
        server.terminate()

    assert taken == len(accepted)
    assert again.status == 202
    assert grown - size < RESERVE // 8  # the log that was still next to it


def test_a_server_starts_not_ready_on_a_full_disk_and_is_emptied_to_ready(small_disk: Path) -> None:
    """A restart while the disk is full, by an orchestrator or a person, must not make it worse."""
    with Server(small_disk, more=STORAGE) as server:
        accepted = fill(server)
        server.terminate()
    (small_disk / "data" / "other").write_bytes(bytes(RESERVE // 8))  # what the end of a server gives back, at least

    with Server(small_disk, more=STORAGE) as server:
        health, ready = asked(server, "/health")[0], server.ready()
        with server.sender() as sender:
            refused = sender.post(transaction("refused"))
        taken = drain(server)
        forget_delivered(server)
        until(lambda: server.ready() == 200, seconds=20)
        with server.sender() as sender:
            again = sender.post(transaction("again"))
        server.terminate()

    assert (health, ready) == (200, 503)
    assert (refused.status, refused.code) == (503, "storage_full")
    assert taken == len(accepted)
    assert again.status == 202


def test_a_disk_that_others_filled_to_the_last_byte_can_still_be_emptied(small_disk: Path) -> None:
    """A part of the reserve is a file: it is given up when nothing is left, as under a quota that no mark can see."""
    with Server(small_disk, more=STORAGE) as server:
        with server.sender() as sender:
            accepted = [sender.post(transaction(f"evt_{number}", note=NOTE)).status for number in range(200)]
        hog = server.data_dir / "hog"
        until(
            lambda: _only_in_the_log(server) <= RESERVE // 4
        )  # a longer log is copied into the database every tenth of a second
        until(lambda: _is_full(server, hog))
        with server.sender() as sender:
            refused = sender.post(transaction("refused"))
        taken = drain(server)
        hog.unlink()
        until(lambda: server.ready() == 200, seconds=20)
        with server.sender() as sender:
            again = sender.post(transaction("again"))
        stored = server.event_ids()
        server.terminate()

    assert set(accepted) == {202}
    assert refused.status == 503
    assert taken == len(accepted)
    assert again.status == 202
    assert len(stored) == len(accepted) + 1


def test_a_server_starts_not_ready_where_not_even_the_log_can_be_opened(small_disk: Path) -> None:
    """It listens, says why, and continues as soon as there is room: nobody has to start it again."""
    with Server(small_disk, more=STORAGE) as server:
        with server.sender() as sender:
            assert sender.post(transaction("before")).status == 202
        server.terminate()
    (small_disk / "data" / "hookline.reserve").unlink(missing_ok=True)
    hog = small_disk / "data" / "hog"
    _take(hog, free(hog.parent))

    with Server(small_disk, more=STORAGE) as server:
        health, ready = asked(server, "/health")[0], asked(server, "/ready")
        with server.sender() as sender:
            refused = sender.post(transaction("refused"))
        hog.unlink()
        until(lambda: server.ready() == 200, seconds=20)
        with server.sender() as sender:
            again = sender.post(transaction("again"))
        taken = sorted(server.taken("payments"))
        server.terminate()

    assert (health, ready[0]) == (200, 503)
    assert refused.status == 503
    assert again.status == 202
    assert taken == ["transactions:again", "transactions:before"]


def test_rejected_requests_do_not_take_the_reserve(small_disk: Path) -> None:
    """A flood of forgeries must not use what consumers need."""
    with Server(small_disk, more=STORAGE) as server:
        fill(server)
        with server.sender() as sender:
            for number in range(20):
                body = transaction(f"forged_{number}", note=NOTE)
                assert sender.post(body, headers={"Content-Type": "application/json"}).status == 401
        time.sleep(1)
        kept = server.rows("SELECT count(*) FROM rejected")
        with Sender(server.admin_port) as sender:
            url = f"{server.admin}/000000000000/payments"
            message = patiently(sender, "ReceiveMessage", QueueUrl=url)["Messages"][0]
            patiently(sender, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        server.terminate()

    assert kept == [(0,)] or server.all(ROOM_AGAIN)  # a checkpoint may have freed pages meanwhile


def _only_in_the_log(server: Server) -> int:
    """By how many bytes the database grows when its log is copied into it."""
    ((pages,),), ((size,),) = server.rows("PRAGMA page_count"), server.rows("PRAGMA page_size")
    return int(pages) * int(size) - (server.data_dir / "hookline.db").stat().st_size


def _is_full(server: Server, hog: Path) -> bool:
    """Whether the server has given up its reserve and says that its disk is full. Until then all else that is left is taken."""
    left = free(hog.parent)
    if (hog.parent / "hookline.reserve").exists():  # it was held back when the room was measured
        _take(hog, left)
        return False
    return server.ready() == 503


def _take(path: Path, size: int) -> None:
    """Write ``size`` bytes, or as many as there is room for."""
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while size > 0:
            size -= file.write(bytes(min(size, 1024 * 1024)))


def test_the_room_is_in_the_log_in_numbers(small_disk: Path) -> None:
    """An operator sees at a glance how much is free, can be used again, and is kept back."""
    with Server(small_disk, more=STORAGE) as server:
        fill(server)
        line = server.wait_for(FULL)
        server.terminate()

    assert line["reserve"] == RESERVE
    assert line["free"] + line["reusable"] < RESERVE
    assert json.dumps(line)
