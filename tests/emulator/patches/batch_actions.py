"""IAM has no action for SQS's batch calls: a grant of ``sqs:SendMessage`` covers ``SendMessageBatch``.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ministack.core import iam_actions  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["patch"]

_BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}


def patch() -> None:
    """Judge a batch call by the grant of its single call."""
    iam_actions.extract_iam_action = _by_single_call(iam_actions.extract_iam_action)


def _by_single_call(original: Callable[..., str | None]) -> Callable[..., str | None]:
    def action(*arguments: object) -> str | None:
        found = original(*arguments)
        return found if found is None else _BATCHES.get(found, found)

    return action
