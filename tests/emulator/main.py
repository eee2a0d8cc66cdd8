"""Run MiniStack in this process, on the socket that was handed over, until whoever started it is gone.

``server.emulator`` starts this file; nothing else does. It is run by its path, so that neither ``tests`` nor the folder it
lies in is in the environment that the functions inherit.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app  # type: ignore[import-untyped]


def main(descriptor: int) -> None:
    """Serve on the listening socket ``descriptor``."""
    threading.Thread(target=_end_with_the_starter, daemon=True).start()
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = 600  # a connection that a client keeps is not closed under it
    config.loglevel = "WARNING"
    asyncio.run(serve(app.app, config))


def _end_with_the_starter() -> None:
    """End, with every function's process, when the pipe from the starter closes: also when the starter was killed."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
