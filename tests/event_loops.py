"""Ends an event loop with all of its tasks."""

from __future__ import annotations

import asyncio

__all__ = ["end_loop"]


def end_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the tasks that are left, and close the loop.

    A task that is left in a closed loop is reported when it is collected as garbage: that is during any later test, which then fails.
    """
    while left := asyncio.all_tasks(loop):
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()
