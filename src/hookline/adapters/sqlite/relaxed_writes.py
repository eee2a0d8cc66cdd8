"""Runs consumers' transactions: after the commit they survive a crash of the process, and after the next durable one a power cut."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from threading import local
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.errors import unavailable
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hookline.adapters.sqlite.arrivals import Arrivals
    from hookline.adapters.sqlite.connections import Connections
    from hookline.adapters.sqlite.failed_sync import FailedSync
    from hookline.adapters.sqlite.fifo_lock import FifoLock

__all__ = ["RelaxedWrites"]


class RelaxedWrites:
    """Transactions on the connection that does not wait for the disk. ``turn`` takes ``lock``, or raises UnavailableError."""

    def __init__(
        self,
        connections: Connections,
        failed_sync: FailedSync,
        arrivals: Arrivals,
        *,
        turn: Callable[[], None],
        lock: FifoLock,
    ) -> None:
        self._connections = connections
        self._failed_sync = failed_sync
        self._arrivals = arrivals
        self._turn = turn
        self._lock = lock
        self._here = _Here()

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """A block that is one transaction, or a part of the transaction of ``together`` on this thread."""
        joint = self._here.joint
        if joint is None:
            with self._own() as connection:
                yield connection
            return
        if joint.failed is not None:
            raise UnavailableError("storage_unavailable", "the changes of one transaction could not be stored")
        try:
            if joint.connection is None:
                joint.connection = joint.open.enter_context(self._own())
            yield joint.connection
        except BaseException as error:
            joint.failed = error
            if isinstance(error, apsw.Error):
                raise unavailable(error) from error
            raise

    @contextmanager
    def together(self) -> Iterator[None]:
        """A block in which all writes of this thread with ``transaction`` form one transaction; it begins at the first write.

        When one of them fails, all are rolled back, and the block ends with UnavailableError. Other threads may have such blocks too:
        the lock orders them.
        """
        with ExitStack() as transaction:
            joint = self._here.joint = _Joint(transaction)
            try:
                yield
            finally:
                self._here.joint = None
            if joint.failed is not None:
                raise UnavailableError("storage_unavailable", repr(joint.failed)) from joint.failed
        self._arrivals.at(joint.arrived)

    def announce(self, queues: Iterable[int]) -> None:
        """Wake the consumers that wait for these queues, after the writes are committed."""
        joint = self._here.joint
        if joint is None:
            self._arrivals.at(queues)
        else:
            joint.arrived.extend(queues)

    @contextmanager
    def _own(self) -> Iterator[apsw.Connection]:
        self._turn()
        relaxed, log_watch = self._connections.relaxed, self._connections.log_watch
        try:
            self._failed_sync.check()
            connection = log_watch.begin(relaxed)
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
            log_watch.check_after_commit(connection)
        except BaseException as error:
            self._failed_sync.observe(relaxed, error)
            relaxed.after_fault(error)
            if isinstance(error, apsw.Error):
                raise unavailable(error) from error
            raise
        finally:
            self._lock.release()


class _Joint:
    """A shared transaction: its connection after it began, the fault that ended it, and the queues whose consumers to wake."""

    def __init__(self, transaction: ExitStack) -> None:
        self.open = transaction
        self.connection: apsw.Connection | None = None
        self.failed: BaseException | None = None
        self.arrived: list[int] = []


class _Here(local):
    """The shared transaction of each thread that has one."""

    joint: _Joint | None = None
