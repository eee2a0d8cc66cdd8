"""Runs one function in a fresh interpreter, as Lambda would, and reports on stderr what it took. Uses only the standard library.

``python -I -S aws_inside.py PATHS MODULE CALLS``: import MODULE from PATHS, hand its ``handler`` each document of the file CALLS,
one line each. The first is the cold one; the next fifty warm up.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from urllib.request import urlopen

_WARM_UP = 50


class Context:
    """What Lambda passes in addition to the event."""

    aws_request_id = "0f6ee1a2-5d2b-4d9e-9f3e-3a1f0e7c9b11"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds that are left: always enough."""
        return 30_000


def _calls() -> dict[str, int]:
    with urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/calls") as answer:  # noqa: S310 -- the stub's own URL
        counts: dict[str, int] = json.load(answer)
    return counts


def main(paths: str, module: str, calls: str) -> None:
    """Measure."""
    documents = [json.loads(line) for line in Path(calls).read_text("utf-8").splitlines()]
    context = Context()
    sys.path[:0] = paths.split(os.pathsep)
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 -- until the process ends
    wall, cpu = time.perf_counter(), time.process_time()
    handler = import_module(module).handler
    report: dict[str, object] = {"import": time.perf_counter() - wall, "import_cpu": time.process_time() - cpu}
    first = handler(documents[0], context)
    report |= {"first": time.perf_counter() - wall, "first_cpu": time.process_time() - cpu, "answer": first}
    answers = [handler(document, context) for document in documents[1 : _WARM_UP + 1]]
    before = _calls()
    took = []
    for document in documents[_WARM_UP + 1 :]:
        start = time.process_time()
        answers.append(handler(document, context))
        took.append(time.process_time() - start)
    report |= {"warm_cpu": took, "before": before, "after": _calls() if took else before, "answers": answers}
    sys.stderr.write(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
