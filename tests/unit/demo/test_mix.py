"""The requests that the demo sends."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from hookline.config import load
from hookline.demo.mix import mix
from hookline.testing import MemoryHome

EXAMPLE = Path(__file__).parents[3] / "examples" / "transactions" / "hookline.toml"
SECRET = b"whsec_RVhBTVBMRS1vbmx5LW5ldmVyLWluLXByb2R1Y3Rpb24h"


def test_every_run_sends_the_same_mix_under_other_ids() -> None:
    """Two runs can then be compared, and the second is not all duplicates."""
    config = load(EXAMPLE)
    first, second = mix(config, SECRET, 200), mix(config, SECRET, 200)

    def fields_of(shot_number: int) -> list[object]:
        shots = (first.shots[shot_number], second.shots[shot_number])
        return [json.loads(shot.build().body) for shot in shots if shot.outcome == "accepted"]

    pairs = [pair for number in range(len(first.shots)) if (pair := fields_of(number))]
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
