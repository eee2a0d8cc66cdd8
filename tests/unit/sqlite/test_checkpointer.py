"""A commit during a checkpoint: it waits for the checkpoint's sync of the log, and for nothing more."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.sqlite.checkpointer import LogSync
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database file, as far as this is concerned."""
    path = tmp_path / "hookline.db"
    path.write_bytes(b"page")
    return path


def _waiter(log_sync: LogSync) -> threading.Thread:
    thread = threading.Thread(target=log_sync.wait, kwargs={"timeout": 20})
    thread.start()
    thread.join(timeout=0.1)
    return thread


def test_without_a_checkpoint_nothing_is_waited_for(path: Path) -> None:
    """Nearly every commit is like this: it must cost nothing."""
    log_sync = LogSync(path)
    with log_sync.running():
        pass

    log_sync.wait(timeout=0)


def test_a_checkpoint_that_has_written_nothing_yet_may_still_fail(path: Path) -> None:
    """Its sync of the log also covers what this commit wrote: if it fails, the event may never reach the disk."""
    log_sync = LogSync(path)
    with log_sync.running():
        thread = _waiter(log_sync)
        waited = thread.is_alive()
    thread.join(timeout=20)

    assert waited
    assert not thread.is_alive()


def test_a_checkpoint_that_writes_pages_has_synced_the_log(path: Path) -> None:
    """Copying the pages takes long: a commit that waited for it would make senders wait."""
    log_sync = LogSync(path)
    with log_sync.running():
        thread = _waiter(log_sync)
        path.write_bytes(b"page and page")
        thread.join(timeout=20)

        assert not thread.is_alive()


def test_a_checkpoint_that_does_not_end_is_not_waited_for_without_end(path: Path) -> None:
    """The disk hangs: the sender gets 503 within the storage timeout."""
    log_sync = LogSync(path)
    started = time.monotonic()
    with log_sync.running(), pytest.raises(UnavailableError) as caught:
        log_sync.wait(timeout=0.05)

    assert caught.value.code == "storage_unavailable"
    assert time.monotonic() - started < 10
