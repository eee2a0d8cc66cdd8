"""The team's Celery tasks: they get an event as text, and do not use the queue."""

from __future__ import annotations

import json
import os
import sqlite3
import time
import uuid
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from celery import Celery  # type: ignore[import-untyped] # it carries no types
from kombu.transport import filesystem
from kombu.utils.json import dumps

FOLDER = Path(os.environ.get("CELERY_FOLDER", "celery-data")).absolute()
"""For the example's broker and results, so that it runs without another server. In production they are Redis, RabbitMQ or SQS."""

LEDGER = """
CREATE TABLE IF NOT EXISTS payments (event_id TEXT PRIMARY KEY, type TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL)
"""


class WholeFiles(filesystem.Channel):
    """Puts only complete messages into the broker's folder. Kombu writes them in place, and a worker that reads a half message ends."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]  # as in filesystem.Channel
        name = f"{time.monotonic_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        part = folder / f"{name}.part"
        part.write_text(dumps(payload), "utf-8")  # type: ignore[no-untyped-call]
        part.rename(folder / name)


app = Celery(
    "payments",
    broker=os.environ.get("CELERY_BROKER_URL", "filesystem://"),
    backend=os.environ.get("CELERY_RESULT_BACKEND", f"file://{FOLDER}/results"),
)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    result_expires=3600,
    broker_connection_retry_on_startup=True,
)
if app.conf.broker_url.startswith("filesystem:"):
    for name in ("broker", "control", "results"):
        (FOLDER / name).mkdir(parents=True, exist_ok=True)
    filesystem.Transport.Channel = WholeFiles
    app.conf.worker_enable_remote_control = False
    app.conf.broker_transport_options = {
        "data_folder_in": str(FOLDER / "broker"),
        "data_folder_out": str(FOLDER / "broker"),
        "control_folder": str(FOLDER / "control"),
        "polling_interval": 0.1,
    }


@app.task(name="payments.book")  # type: ignore[untyped-decorator] # Celery carries no types
def book(body: str) -> str:
    """Write the payment, unless its event was handled before: mark and work are one row, so that both happen or neither does."""
    event = json.loads(body, parse_float=Decimal)  # an amount is never a float
    data = event["data"]
    row = (event["id"], event["type"], str(data["amount"]), data["currency"])
    with closing(sqlite3.connect(os.environ.get("LEDGER", "ledger.sqlite"), timeout=30)) as ledger, ledger:
        ledger.execute(LEDGER)
        was_new = ledger.execute("INSERT INTO payments VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row).rowcount
    return f"{'booked' if was_new else 'seen before'} {event['id']}"
