"""What an action gets, and what it works on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hookline.domain.access import Principal
    from hookline.errors import UnavailableError
    from hookline.ports.move_tasks import MoveTasks
    from hookline.ports.queues import WatchableQueues
    from hookline.sqs_api.audits import Audits
    from hookline.sqs_api.parameters import Parameters
    from hookline.sqs_api.purges import Purges
    from hookline.sqs_api.queue_thread import QueueThread
    from hookline.sqs_api.served_queues import ServedQueue, ServedQueues
    from hookline.sqs_api.waiting import Waits

__all__ = ["Action", "Answer", "Call", "Service", "queue_of", "run_in_threadpool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the actions work on.

    What consumers do with messages runs on ``thread``. ``refusal`` says why there is no room for a message of so many bytes, None when
    there is. ``moves_begun`` is called when there is a move task to work on.
    """

    queues: WatchableQueues
    thread: QueueThread
    served: ServedQueues
    waits: Waits
    purges: Purges
    audits: Audits
    refusal: Callable[[int], UnavailableError | None]
    moves: MoveTasks | None
    moves_begun: Callable[[], None]

    def seen_by(self, principal: Principal) -> Service:
        """The same, with the queues as ``principal`` may reach them."""
        served = self.served.seen_by(principal)
        return self if served is self.served else replace(self, served=served)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its parameters, the scheme and Host it was sent to, and the path this API is mounted at.

    It also says whether the client closed the connection.

    ``principal`` is who calls: its ``key_id`` is what an audit record names. ``trace`` is the X-Ray header that came with it.
    """

    parameters: Parameters
    principal: Principal
    scheme: str
    host: str
    prefix: str
    trace: str | None
    gone: Callable[[], Awaitable[bool]]


Answer: TypeAlias = "dict[str, object]"
"""What the client gets, as the JSON object that it is in the newer protocol."""

Action: TypeAlias = "Callable[[Service, Call], Awaitable[Answer]]"
"""Does what a call asks, or raises SqsError, NotFoundError or UnavailableError."""


def queue_of(service: Service, call: Call) -> ServedQueue:
    """The queue that the call's ``QueueUrl`` names."""
    return service.served.at(call.parameters.text("QueueUrl"))
