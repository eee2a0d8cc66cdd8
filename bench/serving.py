"""How the baselines listen: on a free port, which they announce as hookline does."""

from __future__ import annotations

import socket
import sys

import orjson
import uvicorn

__all__ = ["serve"]


def serve(app: object) -> None:
    """Serve ``app`` on loopback until SIGTERM."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sys.stderr.write(orjson.dumps({"event": "serving", "url": url}).decode() + "\n")
    sys.stderr.flush()
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # FastAPI and uvicorn write the same ASGI types in two ways
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
    uvicorn.Server(config).run(sockets=[listener])
