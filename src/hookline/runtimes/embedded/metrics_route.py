"""Answers ``GET /metrics`` in the format of Prometheus."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from hookline.domain.access import EVERY_QUEUE, PRINCIPAL
from hookline.errors import Rejected
from hookline.pipeline.access import SCRAPER
from hookline.runtimes.embedded.admin_guard import METRICS_PATH, as_response
from hookline.runtimes.embedded.malloc import leave_uncollected

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from hookline.runtimes.embedded.exposition import Exposition
    from hookline.runtimes.embedded.measures import Measures

__all__ = ["metrics_route"]


def metrics_route(measures: Callable[[], Measures]) -> Route:
    """``measures`` is called once, at the first scrape.

    The answer is created on a separate thread, one at a time, so that neither consumers nor senders wait for it.
    """
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hookline-metrics")
    made: list[Exposition] = []

    def text(accept: str) -> tuple[bytes, str]:
        if not made:
            from hookline.runtimes.embedded.exposition import Exposition  # noqa: PLC0415 -- a server that nobody scrapes starts without it

            made.append(Exposition(measures()))
            leave_uncollected()
        return made[0].text(accept)

    async def answer(request: Request) -> Response:
        caller = request.scope[PRINCIPAL]
        if caller is not SCRAPER and not caller.reaches(EVERY_QUEUE):
            why = "metrics cover all queues: reading them needs an access key for all queues, or the metrics token"
            return as_response(Rejected("access_denied", why))
        loop = asyncio.get_running_loop()
        body, media_type = await loop.run_in_executor(thread, text, request.headers.get("accept", ""))
        return Response(body, headers={"content-type": media_type, "cache-control": "no-store"})

    return Route(METRICS_PATH, answer, methods=["GET"])
