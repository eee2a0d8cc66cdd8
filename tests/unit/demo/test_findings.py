"""What the demo counted, compared with what it must count: it must notice what is wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from hookline.demo.findings import Findings
from hookline.demo.tally import Tally
from hookline.demo.traffic import Answer


def findings() -> Findings:
    """What a run of three good events finds."""
    tally = Tally()
    for _ in range(3):
        tally.add(Answer(status=202, document={"status": "accepted"}, seconds=0.001))
    answers = Counter({(202, "accepted"): 3, (401, "signature_mismatch"): 1})
    queues = {"payments": 3, "payments-dlq": 0}
    return Findings(
        answers=Counter(answers),
        expected_answers=Counter(answers),
        queues=dict(queues),
        expected_queues=dict(queues),
        tally=tally,
        seconds=2.0,
        message='{"data":{"amount":"1.50"}}',
    )


def test_what_is_as_sent_is_said_to_be() -> None:
    """The good case, with which the bad ones are compared."""
    found = findings()

    shown = [*found.answer_rows(), *found.queue_rows()]

    assert found.all_as_expected
    assert {row[-1] for row in shown} == {"ok"}
    assert "WRONG" not in found.verdict()


@pytest.mark.parametrize(
    "wrong",
    [
        {"queues": {"payments": 2, "payments-dlq": 0}},
        {"queues": {"payments": 4, "payments-dlq": 0}},
        {"queues": {"payments": 3, "payments-dlq": 1}},
        {"answers": Counter({(202, "accepted"): 4})},
        {"answers": Counter({(202, "accepted"): 3, (401, "signature_mismatch"): 1, (503, "overloaded"): 1})},
        {"answers": Counter({(202, "accepted"): 3, (None, "connection lost"): 1})},
    ],
    ids=["lost", "doubled", "dead letter", "forged", "one more", "never answered"],
)
def test_what_is_not_as_sent_is_wrong(wrong: dict[str, object]) -> None:
    """One event too few, too many or wrongly accepted, among thousands, is what the demo must find."""
    found = replace(findings(), **wrong)  # type: ignore[arg-type]  # the keywords are its fields

    shown = [*found.answer_rows(), *found.queue_rows()]

    assert not found.all_as_expected
    assert "WRONG" in {row[-1] for row in shown}
    assert found.verdict() == "SOME COUNTS ARE WRONG."
    assert found.as_document()["as_expected"] is False
