"""A queue's policy that denies an action to everyone does so for every caller; MiniStack asks the policy only where it checks credentials.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-using-identity-based-policies.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import sqs  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["patch"]


def patch() -> None:
    """Look at the statements that deny without a condition."""
    sqs._enforce_queue_policy = _denying(sqs._enforce_queue_policy)


def _denying(enforce: Callable[[dict[str, Any], str], None]) -> Callable[[dict[str, Any], str], None]:
    def enforced(queue: dict[str, Any], action: str) -> None:
        policy = queue["attributes"].get("Policy")
        statements = json.loads(policy)["Statement"] if policy else []
        for one in statements:
            if (one["Effect"], one["Principal"], one["Action"]) == ("Deny", "*", action) and "Condition" not in one:
                raise sqs._Err(
                    "AccessDenied", "Access is denied with an explicit deny in a resource-based policy.", 403
                )
        enforce(queue, action)

    return enforced
