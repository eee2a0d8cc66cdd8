"""The summary of many answers."""

from __future__ import annotations

from hookline.demo.tally import Tally, percentile
from hookline.demo.traffic import Answer


def test_percentiles_are_nearest_ranks() -> None:
    """The figures are compared with other tools' figures: they follow the definition, and are values that were measured."""
    hundred = [float(number) for number in range(1, 101)]

    assert [percentile(hundred, part) for part in (0.5, 0.9, 0.99, 1.0)] == [50.0, 90.0, 99.0, 100.0]
    assert [percentile([7.0], part) for part in (0.0, 0.5, 1.0)] == [7.0, 7.0, 7.0]
    assert percentile([1.0, 2.0, 3.0], 0.5) == 2.0


def test_the_tally_distinguishes_every_kind() -> None:
    """A conflict that was acknowledged is a 2xx and still no new event; 503 is no refusal; no answer has no latency."""
    tally = Tally()
    for status, document in (
        (202, {"status": "accepted"}),
        (200, {"status": "duplicate"}),
        (200, {"status": "conflict"}),
        (204, None),
    ):
        tally.add(Answer(status=status, document=document, seconds=0.001))
    taken_so_far = tally.all_taken
    tally.add(Answer(status=409, document={"code": "delivery_conflict"}, seconds=0.002))
    tally.add(Answer(status=503, document={"code": "overloaded"}, seconds=0.003))
    tally.add(Answer(status=502, seconds=0.004))
    tally.add(Answer(fault="connection refused", seconds=9.0))

    assert (tally.accepted, tally.duplicate, tally.conflict, tally.total) == (2, 1, 2, 8)
    assert (dict(tally.busy), dict(tally.rejected)) == ({"overloaded": 1}, {"http_502": 1})
    assert dict(tally.failed) == {"connection refused": 1}
    assert (taken_so_far, tally.all_taken) == (True, False)
    assert tally.latencies() == {"p50": 1.0, "p90": 4.0, "p99": 4.0, "max": 4.0}
