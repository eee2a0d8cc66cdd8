"""Sends one delivery, or many at a rate."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hookline.demo.errors import CannotSendError
from hookline.demo.numbering import fresh_ids
from hookline.demo.tally import Tally
from hookline.demo.traffic import fire, post, session

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.config import ServerSettings
    from hookline.demo.traffic import Answer
    from hookline.domain.request import Request

__all__ = ["Load", "send_many", "send_one", "target_url"]

_NO_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where one listens on all addresses, one is reached on loopback
_DEFAULT_PORT = 8080


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The number of deliveries, the rate a second (None: as fast as answers arrive), and the number of concurrent ones."""

    count: int
    rate: float | None
    concurrency: int


def target_url(url: str | None, server: ServerSettings, path: str) -> str:
    """The full URL: ``url``, or the server's, with ``path`` where it has none. Raises CannotSendError."""
    base = url or _address(server)
    if not _is_http(base):
        raise CannotSendError(f"{base!r} is not an http or https URL", option="--url")
    return base if urlsplit(base).path.strip("/") else f"{base.rstrip('/')}{path}"


def send_one(url: str, request: Request, *, deadline: float | None = None) -> Answer:
    """Send the request, and wait for its answer for at most ``deadline`` seconds."""
    return asyncio.run(_once(url, request, deadline))


def send_many(url: str, make: Callable[[str], Request], load: Load, advance: Callable[[], None]) -> tuple[Tally, float]:
    """Send the deliveries that ``make`` creates from new ids; returns the tally and the seconds, after Ctrl-C those until then."""
    tally = Tally()
    started = perf_counter()

    def note(answer: Answer) -> None:
        tally.add(answer)
        advance()

    with suppress(KeyboardInterrupt):
        asyncio.run(_fire(url, make, load, note))
    return tally, perf_counter() - started


async def _once(url: str, request: Request, deadline: float | None) -> Answer:
    async with session() as client:
        return await post(client, url, request, deadline=deadline)


async def _fire(url: str, make: Callable[[str], Request], load: Load, note: Callable[[Answer], None]) -> None:
    async with session() as client:

        async def act(delivery_id: str, due: float) -> None:
            note(await post(client, url, make(delivery_id), since=due))

        ids = islice(fresh_ids(), load.count)
        await fire(ids, act, concurrency=load.concurrency, rate=load.rate)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is not a number, or a missing bracket
        return False


def _address(server: ServerSettings) -> str:
    host = _NO_ADDRESS.get(server.host, server.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{server.port or _DEFAULT_PORT}"
