"""SQS gives a queue's redrive policy back without white space, whatever the text that was set.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html
MiniStack gives the text back, so that each plan of Terraform's AWS provider would change every queue.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import sqs  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[dict[str, Any], str], dict[str, Any]]

__all__ = ["patch"]

_POLICY = "RedrivePolicy"


def patch() -> None:
    """Write it again."""
    sqs._HANDLERS["GetQueueAttributes"] = _compact(sqs._HANDLERS["GetQueueAttributes"])


def _compact(get: Handler) -> Handler:
    def got(call: dict[str, Any], url: str) -> dict[str, Any]:
        attributes = get(call, url)["Attributes"]
        if _POLICY in attributes:
            attributes[_POLICY] = json.dumps(json.loads(attributes[_POLICY]), separators=(",", ":"))
        return {"Attributes": attributes}

    return got
