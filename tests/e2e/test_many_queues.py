"""Queues whose names are in managed policies, as those of large projects are: events reach them, under IAM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import transaction
from e2e.deployed import ENVIRONMENT, deployed, package
from hookline.adapters.aws import names
from hookline.domain.invocation import encode_ids
from hookline.infra import queue_policies, service_limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.deployed import Project
    from hookline.infra.policy.graph import Resource

LEDGER = names.queue("ledger", ENVIRONMENT, fifo=True)
MORE = """
[queues.ledger]
fifo = { group = "source" }

[[routes]]
match = { type = ["payment"] }
queues = ["ledger"]
"""


@pytest.fixture(name="project", scope="module")
def with_little_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The example with a FIFO queue, in a program that finds no room in roles and two queues in each policy: three policies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service_limits, "queues_fit_roles", lambda *_: False)
        patch.setattr(queue_policies, "QUEUES_A_POLICY", 2)
        yield package(tmp_path_factory.mktemp("many"), more=MORE)


def test_events_reach_the_queues_that_managed_policies_name(project: Project) -> None:
    """The router and a validator that fills queues itself have their rights from the same policies."""
    with deployed(project) as stack:
        answers = [stack.post(transaction("paid")).status, stack.post(transaction("back", kind="refund")).status]
        stack.settle()

        assert answers == [202, 202]
        assert len(stack.emulator.standing(LEDGER)) == 1
        assert stack.standing("payments", of="transactions:paid") == ["transactions:paid"]
        assert stack.standing("refunds", of="transactions:back") == ["transactions:back"]


def test_without_the_policies_no_queue_can_be_reached(project: Project) -> None:
    """Only these policies allow it: without them the event is acknowledged, and stays in the outbox."""

    def unattached(resource: Resource) -> Resource | None:
        return None if resource.kind == "iam.RolePolicyAttachment" else resource

    with deployed(project, change=unattached) as stack:
        answer = stack.post(transaction("back", kind="refund"))
        _, fault = stack.invoke(names.router(ENVIRONMENT), json.loads(encode_ids(["transactions:back"])))

        assert (answer.status, bool(fault)) == (202, True)
        assert stack.waiting() == ["transactions:back"]
        assert stack.standing("refunds", of="transactions:back") == []
