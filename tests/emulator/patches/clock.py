"""SQS with a clock that a test moves: visibility, delay, retention and redrive without sleeping.

Not a gap, but what a contract suite needs that gives every backend the same time. Only SQS's clock stops; IAM, DynamoDB
and everything else keep the machine's.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ministack.services import sqs  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["CLOCK", "Clock", "patch"]


class Clock:
    """What SQS takes for the module ``time``."""

    def __init__(self) -> None:
        self._stopped_at: float | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether somebody stopped it."""
        return self._stopped_at is not None

    def time(self) -> float:
        """The time that was set, otherwise the machine's."""
        return time.time() if self._stopped_at is None else self._stopped_at

    def set(self, seconds: float | None) -> None:
        """Stop at ``seconds`` since 1970, or run with the machine again."""
        self._stopped_at = seconds


CLOCK = Clock()


def patch() -> None:
    """Let SQS read ``CLOCK``."""
    sqs.time = CLOCK
    sqs._act_receive_message = _without_waiting(sqs._act_receive_message)
    sqs._HANDLERS["ReceiveMessage"] = sqs._act_receive_message


def _without_waiting(receive: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
    """A stopped clock never reaches the end of a long poll."""

    async def received(parameters: dict[str, object], url: str) -> object:
        return await receive(parameters | {"WaitTimeSeconds": 0} if CLOCK.is_stopped else parameters, url)

    return received
