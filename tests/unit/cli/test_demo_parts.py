"""The parts of ``hookline demo`` that its own run cannot show to work: it must notice what is wrong."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from hookline.cli.demo import show_findings
from hookline.config import load
from hookline.demo.findings import Findings
from hookline.demo.mix import mix
from hookline.demo.tally import Tally
from hookline.demo.traffic import Answer
from hookline.testing import MemoryHome

EXAMPLE = Path(__file__).parents[3] / "examples" / "transactions" / "hookline.toml"
SECRET = b"whsec_RVhBTVBMRS1vbmx5LW5ldmVyLWluLXByb2R1Y3Rpb24h"


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


def test_what_is_as_sent_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    """The good case, beside which the bad ones stand."""
    show_findings(findings(), as_json=False)

    assert findings().all_as_expected
    assert "WRONG" not in capsys.readouterr().out


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
    ids=["lost", "doubled", "dead letter", "let in", "one more", "never answered"],
)
def test_what_is_not_as_sent_is_wrong(wrong: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    """One event too few, too many or let in, among thousands, is what the demo is there to find."""
    found = replace(findings(), **wrong)  # type: ignore[arg-type]  # the keywords are its fields

    show_findings(found, as_json=False)
    shown = capsys.readouterr().out
    show_findings(found, as_json=True)
    document = json.loads(capsys.readouterr().out)

    assert not found.all_as_expected
    assert "WRONG" in shown
    assert "SOME COUNTS ARE WRONG." in shown
    assert document["as_expected"] is False


def test_every_run_sends_the_same_mix_under_other_ids() -> None:
    """Two runs can then be compared, and the second is not all duplicates."""
    config = load(EXAMPLE)
    first, second = mix(config, SECRET, 200), mix(config, SECRET, 200)

    def told(shot_number: int) -> list[object]:
        shots = (first.shots[shot_number], second.shots[shot_number])
        return [json.loads(shot.build().body) for shot in shots if shot.outcome == "accepted"]

    pairs = [pair for number in range(len(first.shots)) if (pair := told(number))]
    assert [(shot.status, shot.outcome) for shot in first.shots] == [
        (shot.status, shot.outcome) for shot in second.shots
    ]
    for one, other in pairs:
        assert isinstance(one, dict)
        assert isinstance(other, dict)
        assert one["event_id"] != other["event_id"]
        assert one["amount"] == other["amount"]


@pytest.mark.parametrize("count", [10, 11, 57, 999])
def test_the_expected_counts_hold_for_any_number(count: int) -> None:
    """Rounding must not make the demo fail for a number that somebody chose."""
    home = MemoryHome(load(EXAMPLE), {"TRANSACTIONS_SECRET": SECRET})
    planned = mix(load(EXAMPLE), SECRET, count)

    answers = [home.post(replace(shot.build(), received_at=home.clock.now())) for shot in planned.shots]

    found = Counter((answer.status, answer.outcome) for answer in answers)
    assert found == Counter((shot.status, shot.outcome) for shot in planned.shots)
    assert sum(planned.queues.values()) == count
    assert {queue: home.queues.depth(queue).visible for queue in planned.queues} == planned.queues
