"""The benchmark measures what it says: valid transactions, each once, against a baseline that makes the same promise."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: the ASGI specification's messages are dictionaries with any values

import pytest

from hookline.config import load
from hookline.domain.request import Headers, Request
from hookline.testing import MemoryHome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from types import ModuleType

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def traffic(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """bench/traffic.py, which is in no installed package."""
    monkeypatch.syspath_prepend(ROOT)
    return import_module("bench.traffic")


def test_every_request_is_accepted_as_new_and_weighs_about_a_kilobyte(traffic: ModuleType) -> None:
    """A benchmark of refusals or of duplicates would be fast, and worthless."""
    config = load(ROOT / "examples" / "transactions" / "hookline.toml")
    home = MemoryHome(config, {"TRANSACTIONS_SECRET": traffic.SECRET.encode()})

    requests = [as_received(request.wire, home) for request in traffic.signed(30)]

    assert {home.post(request).outcome for request in requests} == {"accepted"}
    assert all(950 <= len(request.body) <= 1150 for request in requests)


def test_the_receiver_written_by_hand_verifies_and_stores_once(traffic: ModuleType, tmp_path: Path) -> None:
    """A baseline that promised less than hookline would be no baseline."""
    pytest.importorskip("fastapi", reason="only `make bench` installs it")
    app = import_module("bench.handwritten").make_app(tmp_path / "events.db", traffic.SECRET)
    first, second = traffic.signed(2)
    forged = second.wire.replace(b'"EUR"', b'"USD"', 1)

    answers = [asyncio.run(status_of(app, wire)) for wire in (first.wire, first.wire, forged, second.wire)]

    assert answers == [202, 409, 401, 202]
    with closing(sqlite3.connect(tmp_path / "events.db")) as file:
        assert file.execute("SELECT count(*) FROM events").fetchone() == (2,)
        assert file.execute("SELECT queue FROM messages ORDER BY id").fetchall() == [("payments",), ("refunds",)]


def parts(wire: bytes) -> tuple[str, str, list[tuple[bytes, bytes]], bytes]:
    """Method, path, header fields with lower-case names, and body."""
    head, _, body = wire.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    method, path, _ = line.decode().split(" ")
    pairs = [field.partition(b": ") for field in fields]
    return method, path, [(name.lower(), value) for name, _, value in pairs], body


def as_received(wire: bytes, home: MemoryHome) -> Request:
    """The request that a server would make of these bytes."""
    method, path, fields, body = parts(wire)
    headers = Headers.of_lower_case(fields)
    return Request(method=method, path=path, headers=headers, body=body, received_at=home.clock.now())


async def status_of(app: Callable[..., Awaitable[None]], wire: bytes) -> int:
    """The status that an ASGI application answers these bytes with."""
    method, path, fields, body = parts(wire)
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": fields}
    statuses: list[int] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    (status,) = statuses
    return status
