"""A function has its archive, its layers and Lambda's own hooks, and no more: neither this environment's packages nor larger payloads.

MiniStack runs functions with the interpreter that runs it, in whose environment hookline and boto3 are installed: a missing layer
would not be missed. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: a payload has at most 6 MB when the
caller waits, and 1 MB when not.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
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
    """Run functions with only the standard library, and refuse payloads that are too large."""
    bare = _bare_python()
    detect = runtime._detect_runtime_binary
    runtime._detect_runtime_binary = lambda name: (bare, detect(name)[1]) if name.startswith("python") else detect(name)
    app.SERVICE_HANDLERS["lambda"] = _limited(app.SERVICE_HANDLERS["lambda"])


def _bare_python() -> str:
    """This interpreter without its site-packages, except ``snapshot_restore_py``, which Lambda's Pythons have."""
    folder = Path(tempfile.gettempdir())
    script, own = folder / "bare-python", folder / "lambda-runtime"
    own.mkdir(exist_ok=True)
    hooks = importlib.util.find_spec("snapshot_restore_py")
    if hooks is not None and hooks.origin is not None:
        shutil.copy(hooks.origin, own)
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{own}" exec "{sys.executable}" -S -s "$@"\n')
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
