"""Makes one attempt of a forward: posts a message, and handles it by the answer."""

from __future__ import annotations

from datetime import timedelta
from random import random
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Final, TypeAlias

from hookline.errors import HooklineError, UnavailableError
from hookline.pipeline.forward import Delivered, Retry, next_step
from hookline.pipeline.forward_request import request_headers, webhook_id
from hookline.ports.queues import ReceiptResult
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from hookline.domain.forward import Forward
    from hookline.domain.message import Delivery
    from hookline.domain.secret import Secret
    from hookline.pipeline.forward import Next
    from hookline.ports.clock import Clock
    from hookline.ports.forward_endpoint import EndpointAnswer, ForwardEndpoint
    from hookline.ports.queues import Queues
    from hookline.ports.telemetry import Telemetry

__all__ = ["ForwardSource", "ForwardWorld", "ReadSecrets", "Watching", "attempt", "give_back"]

ReadSecrets: TypeAlias = "Callable[[Sequence[str]], Sequence[Secret]]"
"""A function that returns the secrets of these names, in this order, or raises UnavailableError."""

Watching: TypeAlias = "Callable[[str, Callable[[], None]], AbstractContextManager[None]]"
"""A function whose block calls a callback whenever messages arrive on a queue."""

_AT_ONCE: Final = timedelta(0)
_ABORTED: Final = "forward_aborted"
_PAUSES: Final = (0.1, 0.3, 1.0, 3.0, 9.0)
"""Seconds between attempts to delete a delivered message, because a message that is not deleted is delivered twice."""


@record
class ForwardSource:
    """The home that a forward receives messages from: its queues and other services.

    ``text_of`` returns a message's text with its body; None where every message already has it, so that a message that a producer wrote
    cannot refer to the body of an event that its endpoint must not get.
    ``is_fifo`` is whether the queue is FIFO. ``read_secrets`` reads the secrets that the home stores, None where it stores none;
    ``telemetry`` is None where a log is enough; ``watching`` is from WatchableQueues, where this process puts messages on the queue.
    """

    queues: Queues
    text_of: Callable[[Delivery], str] | None = None
    is_fifo: bool = False
    read_secrets: ReadSecrets | None = None
    telemetry: Telemetry | None = None
    watching: Watching | None = None


@record
class ForwardWorld:
    """The services that a forward needs. ``read_secrets`` may raise UnavailableError; ``text_of`` returns the text to send for a message.

    With ``watching`` the queue is not polled.
    """

    queues: Queues
    endpoint: ForwardEndpoint
    read_secrets: ReadSecrets
    clock: Clock
    telemetry: Telemetry
    text_of: Callable[[Delivery], str]
    watching: Watching | None = None


def attempt(world: ForwardWorld, forward: Forward, delivery: Delivery) -> Next | None:
    """Post the message, then delete it, hide it until its next attempt or release it; returns the result, None when it was aborted."""
    started = perf_counter()
    result = _result(world, forward, delivery)
    if isinstance(result, UnavailableError) and result.code == _ABORTED:
        give_back(world, forward, delivery)
        return None
    step = next_step(result, attempt=delivery.receives, forward=forward, now=world.clock.now(), chance=random())  # noqa: S311 -- only to keep messages apart
    fields = {**_fields(forward, delivery), "status": step.status, "ms": round((perf_counter() - started) * 1000, 1)}
    if isinstance(step, Delivered):
        _delete(world, forward, delivery, fields)
        return step
    world.queues.failed(forward.queue, delivery.receipt, reason=step.detail)
    if isinstance(step, Retry):
        world.queues.extend(forward.queue, [delivery.receipt], visibility_timeout=step.after)
        said = {**fields, "reason": step.why, "retry_after_seconds": round(step.after.total_seconds(), 1)}
        code = result.code if isinstance(result, HooklineError) else None
        world.telemetry.record("forward failed", fields=said, level="warning", code=code)
    else:
        give_back(world, forward, delivery)
    return step


def give_back(world: ForwardWorld, forward: Forward, delivery: Delivery) -> None:
    """Make the message visible to all consumers immediately."""
    world.queues.extend(forward.queue, [delivery.receipt], visibility_timeout=_AT_ONCE)


def _result(world: ForwardWorld, forward: Forward, delivery: Delivery) -> EndpointAnswer | HooklineError:
    try:
        body = world.text_of(delivery).encode()
        secrets = world.read_secrets(forward.secret_names)
        return world.endpoint.post(request_headers(delivery, body, secrets, at=world.clock.now()), body)
    except HooklineError as fault:
        return fault


def _delete(world: ForwardWorld, forward: Forward, delivery: Delivery, fields: dict[str, object]) -> None:
    for pause in (*_PAUSES, None):
        try:
            (result,) = world.queues.delete(forward.queue, [delivery.receipt])
        except UnavailableError as fault:
            if pause is None:
                said = {**fields, "reason": fault.detail}
                text = "forwarded, but not deleted from its queue: it will be sent again"
                world.telemetry.record(text, fields=said, level="error", code=fault.code)
                return
            sleep(pause)
        else:
            is_done = result is ReceiptResult.DONE
            text = "forwarded" if is_done else "forwarded, but it took too long: another consumer has received it too"
            world.telemetry.record(text, fields=fields, level="info" if is_done else "warning")
            return


def _fields(forward: Forward, delivery: Delivery) -> dict[str, object]:
    return {
        "queue": forward.queue,
        "event_id": delivery.event_id,
        "message_id": delivery.message_id,
        "webhook_id": webhook_id(delivery),
        "attempt": delivery.receives,
    }
