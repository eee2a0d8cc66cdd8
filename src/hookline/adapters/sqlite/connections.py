"""Opens the connections to one file, and notices when its files were replaced."""

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
    """The connections to one file: four kinds, and the checkpointer's. The callers coordinate who may use which connection.

    ``durable`` (every COMMIT waits for the disk) is for events and sent messages; ``relaxed`` is for receiving and deleting: if a power cut
    loses those, a message is delivered twice, which at-least-once allows; ``autocommit``, with a commit for each statement, is for data
    that no event depends on; ``readers`` only read. ``log_watch`` is for the first two, which take turns.
    """

    def __init__(
        self, path: Path, failed_sync: FailedSync, deadline: WaitDeadline, tuning: Tuning, unpack: Unpack
    ) -> None:
        self.temporary = partial(
            LazyConnection, path=path, busy_milliseconds=int(tuning.write_timeout * 1000), deadline=deadline
        )
        """Opens a connection that waits for other processes as long as these do; the caller closes it."""
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
        """The upgrade that the last ``open`` made of an older file, if any."""

    def open(self) -> None:
        """Create or upgrade the file, sync its name and its log's name to the disk, and remember which files they are."""
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
        """Close the log files that ``open`` opened for checks."""
        for watch in (self.log_watch, self.autocommit_log_watch, self.checkpointer.log_watch):
            watch.close()
