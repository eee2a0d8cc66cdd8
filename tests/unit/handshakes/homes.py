"""A source of one sender, in memory, and calls to it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.testing import MemoryHome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.testing import Answer

__all__ = ["AT", "HMAC", "SECRET", "TOKEN", "URL", "call", "config", "get", "home", "post", "shaking", "signed"]

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRET = b"a-secret-for-this-test-only"
TOKEN = b"a-token-of-the-operators"
HMAC = '{ scheme = "hmac", header = "X-Signature", secrets = ["IT_SECRET"] }'
URL = "https://hooks.example.com/webhook/it"


def config(scheme: str, *, more: str = "", source: str = "") -> str:
    """A configuration with the source ``it``; ``more`` are options of ``verify``, ``source`` are keys of the source."""
    options = f", {more}" if more else ""
    return (
        f'[sources.it]\nverify = {{ scheme = "{scheme}", secrets = ["IT_SECRET"]{options} }}\n{source}\n[queues.all]\n'
    )


def home(scheme: str, *, more: str = "", source: str = "", secrets: Mapping[str, bytes] | None = None) -> MemoryHome:
    """A home with that source."""
    values = {"IT_SECRET": SECRET} if secrets is None else secrets
    return MemoryHome(parse(config(scheme, more=more, source=source), base=Path()), values, start=AT)


def shaking(handshake: str, *, verify: str = HMAC, more: str = "") -> MemoryHome:
    """A home with the source ``it``, which writes this handshake."""
    toml = f'[sources.it]\nverify = {verify}\nid = "content-hash"\nhandshake = {handshake}\n{more}\n[queues.all]\n'
    config = parse(toml, base=Path())
    secrets = {"IT_SECRET": SECRET, "IT_TOKEN": TOKEN}
    return MemoryHome(config, {name: secrets[name] for name in config.secret_names}, start=AT)


def call(method: str, body: bytes = b"", query: Mapping[str, str] | str = "", **headers: str) -> Request:
    """A call to the source, as nobody in particular makes it."""
    fields = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request(
        method=method,
        path="/webhook/it",
        query=query if isinstance(query, str) else urlencode(query),
        headers=Headers(fields),
        body=body,
        received_at=AT,
    )


def get(at: MemoryHome, **query: str) -> Answer:
    """The answer to a GET with this query, underscores standing for themselves."""
    return at.post(call("GET", query=query))


def post(at: MemoryHome, body: bytes, query: str = "", **headers: str) -> Answer:
    """The answer to an unsigned POST."""
    return at.post(call("POST", body, query, **({"content_type": "application/json"} | headers)))


def signed(at: MemoryHome, body: bytes, **headers: str) -> Answer:
    """The answer to a POST that is signed as the sender signs."""
    return at.send("it", body, headers={name.replace("_", "-"): value for name, value in headers.items()})
