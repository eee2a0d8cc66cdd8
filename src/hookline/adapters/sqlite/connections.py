"""The connections to one file, and what notices when its files are no longer those that were opened."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.checkpointer import Checkpointer
from hookline.adapters.sqlite.database_file import with_path
from hookline.adapters.sqlite.fifo_lock import FifoLock
from hookline.adapters.sqlite.file_watch import FileWatch, LogWatch
from hookline.adapters.sqlite.fsync import sync_directory
from hookline.adapters.sqlite.lazy_connection import LazyConnection
from hookline.adapters.sqlite.log_rescue import LogRescue
from hookline.adapters.sqlite.readers import Readers
from hookline.adapters.sqlite.upgrade import upgrade

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite.failed_sync import FailedSync
    from hookline.adapters.sqlite.fifo_lock import WaitDeadline
    from hookline.adapters.sqlite.lazy_connection import Unpack
    from hookline.adapters.sqlite.tuning import Tuning
    from hookline.adapters.sqlite.upgrade import Upgrade

__all__ = ["Connections"]


class Connections:
    """Four kinds, and the checkpointer's own. Who may use which at a time is decided elsewhere.

    ``durable`` (every COMMIT waits for the disk) is for events and what is sent; ``relaxed`` for receiving and deleting, whose loss in a
    power cut is a message delivered twice, which at-least-once allows; ``autocommit``, with a commit for each statement, for what nothing
    depends on; then there are ``readers``. ``log_watch`` is for the first two, which take turns.
    """

    def __init__(
        self, path: Path, failed_sync: FailedSync, deadline: WaitDeadline, tuning: Tuning, unpack: Unpack
    ) -> None:
        self.temporary = partial(
            LazyConnection, path=path, busy_milliseconds=int(tuning.write_timeout * 1000), deadline=deadline
        )
        """Makes a connection that waits as long for other processes as these, for its caller to close."""
        writer = partial(self.temporary, log_limit=tuning.log_limit)
        self.durable = writer(cache=tuning.cache)
        self.relaxed = writer(synchronous="NORMAL", cache=8 * 1024)
        self.autocommit = writer(synchronous="NORMAL")
        self.autocommit_lock = FifoLock(deadline, user="the quarantine")
        self.readers = Readers(path, unpack)
        self.files = FileWatch(path)
        self.log_watch = LogWatch(path, self.files)
        self.autocommit_log_watch = LogWatch(path, self.files)
        self.checkpointer = Checkpointer(path, failed_sync, self.files, deadline, timeout=tuning.write_timeout)
        self.log_rescue = LogRescue(path, self.files, self.checkpointer)
        self._path = path
        self._segment = tuning.segment
        self.upgrade: Upgrade | None = None
        """What the last ``open`` had to do to an older file."""

    def open(self) -> None:
        """Create or upgrade the file, wait until the disk has its name and its log's, and remember which files they are."""
        self.durable.create = True
        try:
            self.upgrade = upgrade(self.durable.opened(), str(self._path), segment=self._segment)
        finally:
            self.durable.create = False
        with with_path(self._path):
            self.checkpointer.open()
            sync_directory(self._path.parent)
            self.files.start()
            self.log_watch.start()
            self.autocommit_log_watch.start()

    def close(self) -> None:
        """Close every connection; each can be opened again."""
        for one in (self.readers, self.checkpointer, self.autocommit, self.relaxed, self.durable):
            one.close()

    def stop_watching(self) -> None:
        """Close the logs that ``open`` opened to look at."""
        for watch in (self.log_watch, self.autocommit_log_watch, self.checkpointer.log_watch):
            watch.close()
