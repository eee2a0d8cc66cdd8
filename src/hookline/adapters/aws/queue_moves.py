"""Moves messages to another queue on SQS: each is received, sent and deleted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.aws.dead_letters import SqsLettersInHand, again
from hookline.adapters.aws.names import ROUTER_FAILURES
from hookline.errors import HooklineError, NotFoundError
from hookline.ports.queues import Movable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.aws.message_sender import SendResult
    from hookline.adapters.aws.queues import SqsQueues
    from hookline.domain.message import Delivery
    from hookline.ports.clock import Clock

__all__ = ["SqsQueueMoves"]

_AT_ONCE = 10


class SqsQueueMoves:
    """QueueMoves over the queues of an environment.

    A moved message is a new message with a new age: it may stay on that queue for the whole retention. SQS's own move tasks are not used:
    they move only dead letters, and do not report messages that others receive meanwhile. From a paused queue nothing is moved.
    """

    def __init__(self, queues: SqsQueues, *, clock: Clock) -> None:
        self._queues = queues
        self._clock = clock

    def movable(self, queue: str, to: str) -> Movable:
        """How many messages can be moved, approximately, as SQS reports it."""
        _check(queue, to)
        self._queues.depth(to)
        depth = self._queues.depth(queue)
        return Movable(ready=depth.visible, in_flight=depth.in_flight, too_old=0)

    def move(self, queue: str, to: str, *, limit: int) -> int:
        """Move the messages that can be received. Those that could not be sent are released; their fault is raised if nothing was moved.

        A caller that moves step by step knows how many were moved before a fault.
        """
        _check(queue, to)
        self._queues.depth(to)
        hand = SqsLettersInHand(self._queues, queue, partial(self._send, to), clock=self._clock)
        try:
            while hand.gone < limit and (found := hand.next(min(_AT_ONCE, limit - hand.gone))):
                hand.put_back(found)
        except HooklineError:
            if not hand.gone:
                raise
        finally:
            hand.give_back()
        return hand.gone

    def _send(self, queue: str, messages: Sequence[Delivery]) -> list[SendResult]:
        return self._queues.send_each(queue, [again(one) for one in messages])


def _check(*queues: str) -> None:
    if ROUTER_FAILURES in queues:
        raise NotFoundError(
            f"{ROUTER_FAILURES} has invocations of the router and no messages: `hookline queues redrive` submits them again"
        )
