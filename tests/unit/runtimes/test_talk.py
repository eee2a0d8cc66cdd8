"""The order of every command that changes something: plan, question, change, result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hookline.config.units import UnusableError
from hookline.errors import OperatorError
from hookline.pipeline.shown import Shown
from hookline.runtimes.operator import fresh_run, local_operator
from hookline.runtimes.talk import Asked, Change, asked_move, carry_out, check_chosen
from unit.runtimes.recorded_talk import DeclinedError, RecordedTalk

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.pipeline.audited import Run

PLAN = {"would move": 3}


@pytest.fixture
def runs() -> list[Run]:
    """The runs of a change."""
    return []


def change(runs: list[Run], check: Callable[[], None] | None = None) -> Change[int]:
    """Moves three messages, and keeps the run."""

    def work(run: Run, advance: Callable[[int], None]) -> int:
        runs.append(run)
        advance(3)
        return 3

    return Change(
        fields=[*PLAN.items()],
        question="Move them?",
        must_ask=True,
        check=check,
        work=work,
        result=lambda moved: Shown(document={"moved": moved}),
        total=3,
        doing="moving",
    )


def test_the_plan_comes_first_and_the_result_last(runs: list[Run]) -> None:
    """A person has to know what will happen before agreeing to it."""
    talk = RecordedTalk()

    carry_out(change(runs), Asked(reason="tests"), talk)

    assert talk.kinds == ["fields", "must ask", "progress", "result"]
    assert talk.said[0] == ("fields", PLAN)
    assert (talk.result.document, talk.done) == ({"moved": 3}, 3)
    assert [(run.reason, run.actor) for run in runs] == [("tests", local_operator())]


def test_a_dry_run_changes_nothing_and_asks_nothing(runs: list[Run]) -> None:
    """--dry-run is always safe, and also shows a plan that cannot be carried out."""

    def refuse() -> None:
        raise OperatorError("events_undelivered", "no")

    talk = RecordedTalk()

    carry_out(change(runs, refuse), Asked(reason=None, dry_run=True), talk)

    assert talk.kinds == ["fields", "result"]
    assert talk.result.document == {"moved": None}
    assert runs == []


def test_a_person_who_declines_changes_nothing(runs: list[Run]) -> None:
    """Otherwise the question would have no effect."""
    talk = RecordedTalk(agrees=False)

    with pytest.raises(DeclinedError):
        carry_out(change(runs), Asked(reason="tests"), talk)

    assert talk.kinds == ["fields", "must ask"]
    assert runs == []


def test_a_change_that_cannot_be_made_is_refused_before_the_question(runs: list[Run]) -> None:
    """A person should not have to agree to a change that is then refused."""

    def refuse() -> None:
        raise OperatorError("events_undelivered", "no")

    talk = RecordedTalk()

    with pytest.raises(OperatorError, match="no"):
        carry_out(change(runs, refuse), Asked(reason="tests"), talk)

    assert talk.kinds == ["fields"]
    assert runs == []


def test_the_run_of_the_plan_is_the_run_in_the_audit_log(runs: list[Run]) -> None:
    """A replay takes events up to the time of its plan. A second run would have a later time."""
    talk = RecordedTalk()
    run = fresh_run("tests")

    carry_out(change(runs), Asked(reason="tests", yes=True), talk, run)

    assert runs == [run]
    assert talk.kinds == ["fields", "progress", "result"]


@pytest.mark.parametrize(
    ("queue", "to", "reason", "said"),
    [("payments", "payments", "tests", "the same queue"), ("payments", "refunds", None, "--reason")],
)
def test_a_move_without_a_target_or_a_reason_is_wrong_usage(queue: str, to: str, reason: str | None, said: str) -> None:
    """The same check is used in both homes and with --url."""
    with pytest.raises(UnusableError, match=said):
        asked_move(queue, to, yes=True, reason=reason)


def test_a_move_without_yes_is_only_a_plan() -> None:
    """A plan needs no reason."""
    assert asked_move("payments", "refunds", yes=False, reason=None).dry_run
    assert not asked_move("payments", "refunds", yes=True, reason="tests").dry_run


@pytest.mark.parametrize(
    ("event_ids", "given"), [((), ()), (("a:1",), ("since",)), (("a:1",), ("rate",)), ((), ("rate", "yes", "fresh"))]
)
def test_a_replay_needs_ids_or_options_that_choose_events(event_ids: tuple[str, ...], given: tuple[str, ...]) -> None:
    """``--rate 10`` must not replay everything that is stored."""
    with pytest.raises(UnusableError, match="not both"):
        check_chosen(event_ids, given)


@pytest.mark.parametrize(("event_ids", "given"), [(("a:1",), ()), ((), ("since", "rate")), ((), ("resume",))])
def test_a_replay_may_have_ids_or_options_that_choose_events(
    event_ids: tuple[str, ...], given: tuple[str, ...]
) -> None:
    """These are the ways to name events."""
    check_chosen(event_ids, given)
