"""What the deployed functions leave in their logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from acceptance.sender import SECRET, sign, transaction
from acceptance.server import until

if TYPE_CHECKING:
    from e2e.deployed import Deployed


def test_what_happened_is_counted_and_no_part_of_it_is_logged(stack: Deployed) -> None:
    """CloudWatch counts lines that are JSON from their first character on; bodies, signatures and secrets must not be in them."""
    body = transaction("logged", amount="987654.32", customer={"email": "somebody@example.com"})
    headers = sign(body)
    stack.post(body, headers=headers)
    stack.post(body + b" ", headers=headers)
    stack.settle()
    until(lambda: counts(stack) == {"Accepted", "Rejected", "Routed"})  # a line is written a moment after the response

    logs = stack.logs()

    assert "transactions:logged" in logs
    assert not [one for one in ("987654.32", "somebody@", headers["webhook-signature"], SECRET) if one in logs]


def counts(stack: Deployed) -> set[str]:
    """Which metrics of the three kinds have been written."""
    return {name for line in counted(stack) for name in ("Accepted", "Rejected", "Routed") if line.get(name)}


def counted(stack: Deployed) -> list[dict[str, Any]]:  # a line is any JSON
    """The lines that CloudWatch makes metrics of."""
    texts = [line.partition(": ")[2] for line in stack.logs().splitlines()]
    lines = [json.loads(text) for text in texts if text.startswith("{")]
    return [line for line in lines if "CloudWatchMetrics" in line.get("_aws", {})]
