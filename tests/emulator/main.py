"""Run MiniStack in this process, on the socket that was passed, until the process that started it is gone.

``server.emulator`` starts it; nothing else does.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import threading

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app  # type: ignore[import-untyped] # MiniStack carries no types

from emulator import patches
from emulator.control import controlled

__all__ = ["main"]


def main(descriptor: int, *, patched: bool = True) -> None:
    """Serve on the listening socket ``descriptor``; MiniStack as it is released, except for its clock, unless ``patched``."""
    threading.Thread(target=_end_with_the_starter, daemon=True).start()
    if patched:
        patches.apply_all()
    else:
        patches.clock.patch()
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = 600  # a connection that a client keeps is not closed under it
    config.h11_pass_raw_headers = True  # API Gateway keeps the case of headers' names
    config.loglevel = "WARNING"
    asyncio.run(serve(controlled(app.app), config))


def _end_with_the_starter() -> None:
    """End, with every function's process and file, when the pipe from the starter closes: also when the starter was killed."""
    sys.stdin.buffer.read()
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
    os.killpg(0, signal.SIGKILL)
