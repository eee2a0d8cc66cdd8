"""Every difference between hookline and the two other implementations that is known, with what AWS documents.

``docs/reference/sqs-differences.md`` has the same list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.listed.fifo import FIFO
from differential.listed.messages import MESSAGES
from differential.listed.queues import QUEUES
from differential.listed.receipts import RECEIPTS

if TYPE_CHECKING:
    from differential.difference import Difference
    from differential.steps import Seen

__all__ = ["DIFFERENCES", "explain"]

DIFFERENCES: tuple[Difference, ...] = (*MESSAGES, *RECEIPTS, *QUEUES, *FIFO)


def explain(server: str, ours: Seen, theirs: Seen) -> list[Difference] | None:
    """The differences that explain why a server answers something else: none if it does not, None if they do not."""
    known = [one for one in DIFFERENCES if server in one.others and ours.action in one.actions]
    if (found := next((one for one in known if one.matches(ours, theirs)), None)) is not None:
        return [found]
    left, right, used = ours.outcome, theirs.outcome, []
    for one in known:
        if left == right:
            break
        if one.mask is None:
            continue
        masked = one.mask(left), one.mask(right)
        if (left, right) != masked:
            used.append(one)
            left, right = masked
    return used if left == right else None
