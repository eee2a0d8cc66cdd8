"""The queues of a list that a person named."""

from __future__ import annotations

import pytest

from hookline.errors import NotFoundError
from hookline.pipeline.queue_choice import chosen

ALL = ["payments", "refunds", "unrouted"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], ALL),
        (["refunds"], ["refunds"]),
        (["unrouted", "payments", "unrouted"], ["payments", "unrouted"]),
        (["refunds-dlq"], ["refunds"]),
        (["refunds-dlq", "refunds"], ["refunds"]),
    ],
)
def test_named_queues_are_chosen_in_the_order_of_the_list(names: list[str], expected: list[str]) -> None:
    """A dead-letter queue has no row of its own: it is counted in that of its queue."""
    assert chosen(ALL, names, name_of=str) == expected


def test_two_queues_of_one_name_are_both_chosen() -> None:
    """On AWS a queue that became FIFO is there twice while the former one is consumed."""
    found = [("payments", False), ("payments", True), ("refunds", False)]

    assert chosen(found, ["payments"], name_of=lambda one: one[0]) == found[:2]


@pytest.mark.parametrize("unknown", ["paymnets", "paymnets-dlq", "payments-dlq-dlq", "pay", ""])
def test_an_unknown_name_is_refused_as_it_was_written(unknown: str) -> None:
    """One wrong name is enough: the others would be a list that looks complete."""
    with pytest.raises(NotFoundError) as refused:
        chosen(ALL, ["payments", unknown], name_of=str)

    assert refused.value.detail == f"there is no queue {unknown}"
