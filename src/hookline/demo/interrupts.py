"""Lets other signals end the demo like Ctrl-C."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["stopped_by_signals"]


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """A block that SIGTERM and a closed terminal end like Ctrl-C, so that the demo's server is stopped too."""
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """Call the present handler of Ctrl-C, because asyncio installs its own while a loop runs."""
    ctrl_c = signal.getsignal(signal.SIGINT)
    if not callable(ctrl_c):  # SIGINT is ignored, for example in the background of a script
        raise KeyboardInterrupt
    ctrl_c(signal.SIGINT, frame)
