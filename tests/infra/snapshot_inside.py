"""What Lambda does with a function that has SnapStart, in one fresh process: prepare it, save it, and let copies continue from there.

It sees the function, its layer and Lambda's own ``snapshot_restore_py``. A copy is a fork, which has all that the snapshot has. Prints
what it found as JSON. Arguments: the endpoint that replaces AWS, the handler's module, hookline.toml, the call to be
answered, and the secret that it is signed with.
"""

from __future__ import annotations

import gc
import json
import os
import random
import socket
import ssl
import sys
import uuid
from importlib import import_module
from pathlib import Path
from typing import Any  # a handler, and the hooks as the runtime keeps them
from urllib.request import urlopen

ENDPOINT, MODULE, TOML, CALL, SECRET = sys.argv[1:]
os.environ |= {
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{ENDPOINT}/credentials",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "init",
    "AWS_LAMBDA_FUNCTION_NAME": "webhook-validator-test",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
    "HOOKLINE_ENVIRONMENT": "test",
    "HOOKLINE_TABLE": "events",
    "HOOKLINE_BUCKET": "bodies",
    "HOOKLINE_ROUTER": "router",
    "HOOKLINE_QUEUE_URL_PREFIX": f"{ENDPOINT}/123456789012/",
    "HOOKLINE_CONFIG": TOML,
}


class Context:
    """What Lambda passes in addition to the event."""

    aws_request_id = "0f6ee1a2-5d2b-4d9e-9f3e-3a1f0e7c9b11"


def asked() -> list[object]:
    """What the endpoint has been asked so far."""
    with urlopen(f"{ENDPOINT}/asked") as answer:  # noqa: S310 -- the test's own URL
        found: list[object] = json.load(answer)
    return found


def sockets() -> int:
    """Connections that are open."""
    return sum(isinstance(found, socket.socket) and found.fileno() >= 0 for found in gc.get_objects())


def secrets_kept(validator: object) -> int:
    """Signing secrets anywhere in the memory that the validator reaches."""
    seen: set[int] = set()
    queue, found = [validator], 0
    while queue:
        one = queue.pop()
        if id(one) in seen or isinstance(one, type) or type(one).__name__ == "module":
            continue
        seen.add(id(one))
        found += (isinstance(one, str) and SECRET in one) or (isinstance(one, bytes) and SECRET.encode() in one)
        queue += gc.get_referents(one)
    return found


def copy(handler: Any, after: list[Any]) -> dict[str, object]:
    """What one copy is, and what it answers."""
    before, modules = asked(), set(sys.modules)
    for function, arguments, named in after:
        function(*arguments, **named)
    restored, drawn = asked(), [random.random(), ssl.RAND_bytes(8).hex(), uuid.uuid4().hex]
    answer = handler(json.loads(CALL), Context())
    return {
        "drawn": drawn,
        "status": answer["statusCode"],
        "restored": restored[len(before) :],
        "answered": asked()[len(restored) :],
        "late": sorted(set(sys.modules) - modules),
        "secrets": secrets_kept(import_module(MODULE)._validator.get()),
    }


def forked(handler: Any, after: list[Any]) -> object:
    """What the copy reports, in a process of its own."""
    ours, theirs = os.pipe()
    if not (child := os.fork()):
        try:
            os.write(theirs, json.dumps(copy(handler, after)).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    os.waitpid(child, 0)
    with os.fdopen(ours, "rb") as said:
        return json.loads(said.read())


def main() -> None:
    """Save it and let two copies continue."""
    out, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 -- until the process ends
    handler = import_module(MODULE).handler
    import snapshot_restore_py as runtime  # type: ignore[import-untyped]  # noqa: PLC0415 -- after the handler; it carries no types

    for function, arguments, named in reversed(runtime.get_before_snapshot()):
        function(*arguments, **named)
    validator = import_module(MODULE)._validator.get()
    saved = {"asked": asked(), "sockets": sockets(), "secrets": secrets_kept(validator)}
    copies = [forked(handler, runtime.get_after_restore()) for _ in range(2)]
    out.write(json.dumps({"saved": saved, "copies": copies, "files": [str(Path(runtime.__file__).parent)]}))


main()
