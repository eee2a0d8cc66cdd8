"""A function has its archive and its layers, and no more: neither this environment's packages nor ever larger payloads.

MiniStack runs functions with the interpreter that runs it, in whose environment hookline and boto3 are installed: a missing layer
would not be missed. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: a payload has at most 6 MB when the
caller waits, and 1 MB when not.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ministack import app  # type: ignore[import-untyped] # MiniStack carries no types
from ministack.core import lambda_runtime as runtime  # type: ignore[import-untyped] # the same

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["patch"]

_LIMITS = {"Event": 1024 * 1024, "RequestResponse": 6 * 1024 * 1024}


def patch() -> None:
    """Run functions with the standard library alone, and refuse payloads that are too large."""
    bare = _bare_python()
    detect = runtime._detect_runtime_binary
    runtime._detect_runtime_binary = lambda name: (bare, detect(name)[1]) if name.startswith("python") else detect(name)
    app.SERVICE_HANDLERS["lambda"] = _limited(app.SERVICE_HANDLERS["lambda"])


def _bare_python() -> str:
    """This interpreter without its site-packages."""
    script = Path(tempfile.gettempdir()) / "bare-python"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -s "$@"\n')
    os.chmod(script, 0o700)  # noqa: PTH101 -- one line
    return str(script)


def _limited(handler: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def answered(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any
    ) -> Any:  # MiniStack's answer
        limit = _LIMITS.get(headers.get("x-amz-invocation-type", "RequestResponse"), 0)
        if path.endswith("/invocations") and limit and len(body) > limit:
            problem = {"message": f"{len(body)} byte payload is too large for the invocation (limit {limit} bytes)"}
            fields = {"Content-Type": "application/json", "x-amzn-errortype": "RequestTooLargeException"}
            return 413, fields, json.dumps(problem).encode()
        return await handler(method, path, headers, body, query)

    return answered
