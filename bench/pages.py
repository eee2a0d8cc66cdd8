"""``python -m bench.pages``: how long the pages of the control room take with a million events, asked one after the other.

The times are those of a client on the same machine, from the request to the last byte: the server's own time is a little less.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic, perf_counter, sleep
from urllib.parse import quote, urlsplit

import orjson

from bench.fill import fill
from processes import run_process, start_process

__all__: list[str] = []

_TIMES = 15
_PATIENCE = 60.0
_LIMITS = {
    "first page": 100,
    "source": 100,
    "type": 100,
    "status": 100,
    "time": 100,
    "whole id": 100,
    "second page": 100,
    "one event": 50,
}
"""Milliseconds."""


def main() -> int:
    """Print a line for each page. 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="events in the file (1,000,000)")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-pages-") as folder:
        project, data = Path(folder) / "project", Path(folder) / "data"
        run_process([sys.executable, "-m", "hookline", "init", str(project)], check=True, stdout=subprocess.DEVNULL)
        fill(data, project / "hookline.toml", words.events)
        return _measured(project, data)


def _measured(project: Path, data: Path) -> int:
    log = data / "server.log"
    command = [
        sys.executable,
        "-m",
        "hookline",
        "serve",
        "--config",
        str(project / "hookline.toml"),
        "--data-dir",
        str(data),
    ]
    with log.open("wb") as written:
        options = ["--port", "0", "--admin-port", "0", "--log-format", "json"]
        server = start_process([*command, *options], stdout=written, stderr=written)
    try:
        address = urlsplit(_admin(log))
        client = http.client.HTTPConnection(address.hostname or "", address.port)
        missed = [name for name, path in _paths(client).items() if not _is_fast(client, name, path)]
    finally:
        server.terminate()
        server.wait()
    return 1 if missed else 0


def _paths(client: http.client.HTTPConnection) -> dict[str, str]:
    page = orjson.loads(_get(client, "/api/events?limit=50"))
    newest, next_ = page["events"][0]["id"], page["next"]
    return {
        "first page": "/events",
        "source": "/events?source=transactions",
        "type": "/events?type=dispute",
        "status": "/events?status=failed",
        "time": "/events?since=1h&until=1m",
        "whole id": f"/events?id={quote(newest.partition(':')[2])}",
        "second page": f"/events?before={quote(next_)}",
        "one event": f"/events/{quote(newest)}",
    }


def _is_fast(client: http.client.HTTPConnection, name: str, path: str) -> bool:
    taken = []
    for _ in range(_TIMES):
        started = perf_counter()
        _get(client, path)
        taken.append((perf_counter() - started) * 1000)
    median = statistics.median(taken[1:])
    print(f"{name:12} median {median:7.1f} ms, slowest {max(taken):7.1f} ms, limit {_LIMITS[name]} ms")
    return median <= _LIMITS[name]


def _get(client: http.client.HTTPConnection, path: str) -> bytes:
    client.request("GET", path)
    answer = client.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise SystemExit(f"{path} was answered {answer.status}: {body[:300]!r}")
    return body


def _admin(log: Path) -> str:
    deadline = monotonic() + _PATIENCE
    while monotonic() < deadline:
        for line in log.read_bytes().splitlines():
            if b'"serving"' in line:
                return str(orjson.loads(line)["admin"])
        sleep(0.05)
    raise SystemExit(log.read_text())


if __name__ == "__main__":
    sys.exit(main())
