"""A few threads of their own for work that may take long, with a bounded number of those who wait for one.

The event loop's default pool is shared by everything that uses ``asyncio.to_thread``: a dead host could take all of its threads, and the
queue in front of it has no bound.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SmallPool"]

P = ParamSpec("P")
T = TypeVar("T")


class SmallPool:
    """Runs functions on ``threads`` threads; with ``most`` running or waiting it takes no more. Only the event loop may use it."""

    def __init__(self, name: str, *, threads: int, most: int) -> None:
        self._name = name
        self._threads = threads
        self._most = most
        self._busy = 0
        self._pool: ThreadPoolExecutor | None = None

    def begin(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """Run the function; its result comes even when no caller waits for it. Raises UnavailableError when too much is running."""
        if self._busy >= self._most:
            raise UnavailableError("overloaded", f"{self._busy} tasks are waiting for {self._name}", retry_after=1)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=f"hookline-{self._name}")
        self._busy += 1
        future = asyncio.wrap_future(self._pool.submit(function, *args, **kwargs))
        future.add_done_callback(self._ended)
        return future

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result. Raises UnavailableError as ``begin`` does."""
        return await asyncio.shield(self.begin(function, *args, **kwargs))

    def close(self) -> None:
        """Begin nothing more."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _ended(self, future: asyncio.Future[T]) -> None:
        self._busy -= 1
        if not future.cancelled():
            future.exception()  # the caller that waited has it; asyncio must not complain when nobody did
