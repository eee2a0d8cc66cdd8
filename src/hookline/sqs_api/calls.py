"""The inputs of an action: the call and the services."""

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
    """The services that actions use.

    Consumers' actions on messages run on ``thread``. ``refusal`` returns why there is no space for a message of a size in bytes, None when
    there is. ``moves_begun`` is called when there is a new move task.
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
        """The services with only the queues that ``principal`` may use."""
        served = self.served.seen_by(principal)
        return self if served is self.served else replace(self, served=served)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its parameters, the scheme and Host that it was sent to, and the path at which this API is mounted.

    It also says whether the client closed the connection.

    ``principal`` is the caller; audit records have its ``key_id``. ``trace`` is the X-Ray header of the request.
    """

    parameters: Parameters
    principal: Principal
    scheme: str
    host: str
    prefix: str
    trace: str | None
    gone: Callable[[], Awaitable[bool]]


Answer: TypeAlias = "dict[str, object]"
"""The answer, as the JSON object of the newer protocol."""

Action: TypeAlias = "Callable[[Service, Call], Awaitable[Answer]]"
"""A function that does the action of a call, or raises SqsError, NotFoundError or UnavailableError."""


def queue_of(service: Service, call: Call) -> ServedQueue:
    """The queue that the call's ``QueueUrl`` names."""
    return service.served.at(call.parameters.text("QueueUrl"))
