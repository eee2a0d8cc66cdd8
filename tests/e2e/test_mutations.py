"""A suite that cannot fail proves nothing: each wrong program is noticed, on its graph and, for the gravest, by what it does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import transaction
from e2e.deployed import ENVIRONMENT, deployed
from e2e.monitor import AppliedError
from e2e.mutations import MUTATIONS, ROWS, mutated
from hookline.adapters.aws import names
from hookline.infra.policy import judge
from infra import test_first_attempt
from infra.graph import graph
from public_judges.checkov import verdicts
from public_judges.environment import need_judges
from public_judges.plan import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from e2e.deployed import Deployed, Project
    from e2e.mutations import Mutation

END_TO_END = [mutation for mutation in MUTATIONS if mutation.shown_by]
CHECKOVS = [mutation for mutation in MUTATIONS if mutation.rule.startswith("CKV")]
OURS = [mutation for mutation in MUTATIONS if mutation not in CHECKOVS]
_PATIENCE = 3.0  # seconds for what arrives well within one
_RETRIES = 30.0  # seconds for an invocation that fails three times
_RECEIVES = 4  # one more than the example's queues allow


def goes_through(stack: Deployed, name: str = "mutant") -> bool:
    """Whether an event is accepted and reaches its queue."""
    if stack.post(transaction(name)).status != 202:
        return False
    return _within(_PATIENCE, lambda: f"transactions:{name}" in stack.standing("payments"))


def has_dead_letters(stack: Deployed) -> bool:
    """Whether a message that is received again and again reaches the dead-letter queue."""
    if not goes_through(stack, "poison"):
        return False
    for _ in range(_RECEIVES):
        stack.client("sqs").receive_message(QueueUrl=stack.queue_url("payments"), VisibilityTimeout=0)
    return "transactions:poison" in stack.standing("payments-dlq")


def keeps_failures(stack: Deployed) -> bool:
    """Whether a router that cannot do its work leaves a record of what it was asked."""
    queue = names.queue("payments", ENVIRONMENT)
    stack.emulator.fail("sqs", "SendMessage", where=queue, status=500, code="InternalError")
    stack.post(transaction("hopeless"))
    kept = names.router_failure_queue(ENVIRONMENT)
    found = _within(_RETRIES, lambda: bool(stack.emulator.standing(kept)))
    stack.emulator.heal()
    return found


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


LOOKS: Mapping[str, Callable[[Deployed], bool]] = {
    "an event": goes_through,
    "a dead letter": has_dead_letters,
    "a failure": keeps_failures,
}
"""The check of a deployed system for the wrong programs, by their ``shown_by``."""


def test_the_program_itself_is_right() -> None:
    """A fault that is found in a wrong program must not be found in the right one."""
    found = judge(graph())

    assert found == ()


def test_what_was_applied_is_what_was_judged(live: Deployed) -> None:
    """The rules hold for the resources with their real attributes too, not only for a recording of them."""
    if live.applied is None:
        pytest.skip("the real engine does not hand its graph out")

    found = judge(live.applied.graph)

    assert found == ()


def test_every_row_of_the_first_attempt_has_a_wrong_program() -> None:
    """A fault that was made once may be made again; only a time without a zone is not a part of what is declared."""
    tests = [name for name in vars(test_first_attempt) if name.startswith("test_")]

    assert sorted(f"test_{name}" for named in ROWS.values() for name in named) == sorted(tests)
    assert {mutation.row for mutation in MUTATIONS if mutation.row} == set(ROWS) - {"times without a zone"}


@pytest.mark.parametrize("mutation", OURS, ids=lambda mutation: mutation.name)
def test_a_wrong_program_shows_on_the_graph(mutation: Mutation) -> None:
    """The graph shows it also where the emulator would accept it."""
    found = judge(mutated(graph(), mutation))

    assert mutation.rule in {finding.rule for finding in found}


def test_a_wrong_program_shows_to_checkov() -> None:
    """Where a public tool has a rule, hookline needs none."""
    need_judges()

    found = verdicts({"right": plan(graph()), **{one.name: plan(mutated(graph(), one)) for one in CHECKOVS}})

    failed = {(one.plan, one.check) for one in found if not one.passed}
    assert {(one.name, one.rule) for one in CHECKOVS} <= failed
    assert not {("right", one.rule) for one in CHECKOVS} & failed


@pytest.mark.parametrize("shown_by", LOOKS)
def test_a_right_program_passes(stack: Deployed, shown_by: str) -> None:
    """The same check of the right program shows that the check itself is right."""
    assert LOOKS[shown_by](stack)


@pytest.mark.parametrize("mutation", END_TO_END, ids=lambda mutation: mutation.name)
def test_a_wrong_program_shows_when_it_runs(mutation: Mutation, project: Project) -> None:
    """It cannot be deployed, or it does not do what the right one does."""
    try:
        with deployed(project, change=mutation.change, left_out=mutation.left_out) as stack:
            passed = LOOKS[mutation.shown_by](stack)
    except AppliedError:
        passed = False

    assert not passed
