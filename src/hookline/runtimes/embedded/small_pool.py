"""A small thread pool for work that may take long, with a limited number of waiting tasks.

All users of ``asyncio.to_thread`` share the event loop's default pool: a host that does not answer could block all its threads, and the
queue of the pool has no limit.
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
    """Runs functions on ``threads`` threads; at most ``most`` may run or wait. Only the event loop may use it."""

    def __init__(self, name: str, *, threads: int, most: int) -> None:
        self._name = name
        self._threads = threads
        self._most = most
        self._busy = 0
        self._pool: ThreadPoolExecutor | None = None

    def begin(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """Start the function; it runs even if no caller waits for the result. Raises UnavailableError when too many run."""
        if self._busy >= self._most:
            raise UnavailableError("overloaded", f"{self._busy} tasks are waiting for {self._name}", retry_after=1)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=f"hookline-{self._name}")
        self._busy += 1
        future = asyncio.wrap_future(self._pool.submit(function, *args, **kwargs))
        future.add_done_callback(self._ended)
        return future

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function; returns its result. Raises UnavailableError as ``begin`` does."""
        return await asyncio.shield(self.begin(function, *args, **kwargs))

    def close(self) -> None:
        """Start no further function."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _ended(self, future: asyncio.Future[T]) -> None:
        self._busy -= 1
        if not future.cancelled():
            future.exception()  # a waiting caller gets the exception; asyncio must not complain if there is none
