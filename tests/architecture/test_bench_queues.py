"""The benchmark of queues measures what it says: messages that come and go, and listings that find something."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from acceptance.sqs import QUEUES, memory, serving
from hookline.adapters.memory.queues import MemoryQueues
from hookline.sqs_api import sqs_app
from processes import run_process

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """bench/queue_files.py, which is in no installed package."""
    monkeypatch.syspath_prepend(ROOT)
    return import_module("bench.queue_files")


def test_a_client_sends_receives_and_deletes_what_it_reports() -> None:
    """A rate of messages that did not come, or that stay, would be as high as one likes."""
    queues = MemoryQueues(memory()[1])
    with serving(sqs_app(queues, QUEUES)) as port:
        url = f"http://127.0.0.1:{port}"
        queue = f"{url}/000000000000/payments"
        orders = [{"do": "send", "queue": queue, "count": 25}, {"do": "pairs", "queue": queue, "pairs": 2}]
        lines = b"".join(orjson.dumps(order) + b"\n" for order in orders)
        done = run_process(
            [sys.executable, "-m", "bench.queue_client", url], input=lines, stdout=subprocess.PIPE, cwd=ROOT, check=True
        )

    sent, pairs = map(orjson.loads, done.stdout.splitlines())
    assert sent == {"sent": 25}
    assert pairs["messages"] == 20
    assert pairs["began"] < pairs["ended"]
    assert (queues.depth("payments").visible, queues.depth("payments").in_flight) == (5, 0)


def test_every_listing_that_is_measured_finds_events(files: ModuleType, tmp_path: Path) -> None:
    """A listing that finds nothing is as fast with a million events as with none."""
    files.fill_with(tmp_path, 90)
    with files._database(tmp_path) as database:
        found = {name: files._listing(wanted)(database) for name, wanted in files._filters().items()}

    assert {name: len(events) for name, events in found.items()} == dict.fromkeys(found, 20)
