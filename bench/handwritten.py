"""The receiver that people write by hand: FastAPI, pydantic, and one SQLite commit for each request.

It makes the same promise as hookline: 202 only for a signed, valid transaction that is on the disk together with its message. The commit
runs in the thread pool, one at a time: that is twice as fast as to commit on the event loop, which then waits for the disk.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import sqlite3
import threading
import time
from datetime import datetime  # noqa: TC003 -- pydantic reads the annotations of a model when it runs
from decimal import Decimal  # noqa: TC003 -- as above
from pathlib import Path
from typing import Annotated, Literal

from fastapi import FastAPI, Header, HTTPException, Request  # noqa: TC002 -- FastAPI reads annotations when it runs
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, ValidationError

from bench.serving import serve

_TABLES = """
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, time TEXT NOT NULL, received_at REAL NOT NULL, sha256 BLOB NOT NULL, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, event TEXT NOT NULL, sent_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue, sent_at);
"""
_QUEUES = {"payment": "payments", "refund": "refunds", "dispute": "disputes"}
_TOLERANCE = 300  # seconds
_TURN = threading.Lock()  # a connection is for one thread at a time


class Transaction(BaseModel):
    """What the JSON Schema of the example project asks for."""

    event_id: Annotated[str, Field(min_length=1, max_length=256)]
    transaction_type: Literal["payment", "refund", "dispute"]
    timestamp: datetime
    amount: Annotated[Decimal, Field(ge=0, max_digits=22, decimal_places=4)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    merchant_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None


def make_app(path: Path, secret: str) -> FastAPI:
    """The application over one database file."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    database = sqlite3.connect(path, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.executescript(_TABLES)
    app = FastAPI(openapi_url=None)

    @app.post("/webhook", status_code=202)
    async def webhook(
        request: Request,
        webhook_id: Annotated[str, Header()],
        webhook_timestamp: Annotated[str, Header()],
        webhook_signature: Annotated[str, Header()],
    ) -> dict[str, str]:
        body = await request.body()
        _verify(key, webhook_id, webhook_timestamp, webhook_signature, body)
        try:
            transaction = Transaction.model_validate_json(body)
        except ValidationError as error:
            raise HTTPException(400, error.errors(include_url=False, include_input=False)) from error
        await run_in_threadpool(_store, database, transaction, body)
        return {"event_id": transaction.event_id, "status": "accepted"}

    return app


def _verify(key: bytes, delivery_id: str, timestamp: str, signatures: str, body: bytes) -> None:
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > _TOLERANCE:
        raise HTTPException(401, "timestamp outside tolerance")
    mac = hmac.digest(key, f"{delivery_id}.{timestamp}.".encode() + body, "sha256")
    expected = f"v1,{base64.b64encode(mac).decode()}"
    if not any(hmac.compare_digest(expected, signature) for signature in signatures.split(" ")):
        raise HTTPException(401, "signature mismatch")


def _store(database: sqlite3.Connection, transaction: Transaction, body: bytes) -> None:
    now = time.time()
    time_ = transaction.timestamp.isoformat()
    event = (transaction.event_id, transaction.transaction_type, time_, now, hashlib.sha256(body).digest(), body)
    try:
        with _TURN, database:
            database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", event)
            database.execute(
                "INSERT INTO messages (queue, event, sent_at) VALUES (?, ?, ?)",
                (_QUEUES[transaction.transaction_type], transaction.event_id, now),
            )
    except sqlite3.IntegrityError as error:
        raise HTTPException(409, "seen before") from error


if __name__ == "__main__":
    serve(make_app(Path(os.environ["BENCH_DATABASE"]), os.environ["TRANSACTIONS_SECRET"]))
