"""One run of the demo: the whole mix is sent to a server, and every answer and queue is counted."""

from __future__ import annotations

from collections import Counter
from time import perf_counter
from typing import TYPE_CHECKING

from hookline.demo.findings import Findings
from hookline.demo.queues import first_message, settled_depths
from hookline.demo.tally import Tally
from hookline.demo.traffic import fire, post, session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hookline.demo.mix import Mix, Shot
    from hookline.demo.server import DemoServer

__all__ = ["run"]

_CONCURRENCY = 64
_SETTLE_SECONDS = 10.0
_SHOWN_QUEUE = "payments"


async def run(planned: Mix, server: DemoServer, *, advance: Callable[[], None], queues: Sequence[str]) -> Findings:
    """Send all of it: the findings are the answers that the client got, and what a consumer then finds on every queue."""
    answers: Counter[tuple[int | None, str]] = Counter()
    tally = Tally()
    async with session() as client:

        async def act(shot: Shot, _due: float) -> None:
            request = shot.build()
            answer = await post(client, f"{server.url}{request.path}", request)
            answers[answer.status, answer.outcome] += 1
            tally.add(answer)
            advance()

        started = perf_counter()
        await fire(planned.shots, act, concurrency=_CONCURRENCY)
        seconds = perf_counter() - started
        expected = dict.fromkeys(queues, 0) | dict(planned.queues)
        depths = await settled_depths(client, server.admin, expected, seconds=_SETTLE_SECONDS)
        message = await first_message(client, server.admin, _SHOWN_QUEUE)
    return Findings(
        answers=answers,
        expected_answers=Counter((shot.status, shot.outcome) for shot in planned.shots),
        queues=depths,
        expected_queues=expected,
        tally=tally,
        seconds=seconds,
        message=message,
    )
