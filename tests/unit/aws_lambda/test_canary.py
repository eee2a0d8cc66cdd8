"""The canary's function: what it reports of each event, for the alarm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hookline.adapters.memory.telemetry import MemoryTelemetry
from hookline.domain.canary import Canary, CanaryFault
from hookline.errors import HooklineError, UnavailableError
from hookline.ports.telemetry import Metric
from hookline.runtimes.aws_lambda.canary import CanaryFunction
from hookline.runtimes.canary_flight import CanaryWorld
from unit.aws_lambda.fakes import Invocation
from unit.runtimes.test_canary_flight import SECRET, Place

SETTINGS = Canary(every=timedelta(minutes=1), late_after=timedelta(seconds=5))


def run(place: Place, *, is_new: bool = False) -> MemoryTelemetry:
    """The report of one call."""
    telemetry = MemoryTelemetry()
    world = CanaryWorld(
        post=place.post,
        queues=place.queues,
        now=place.clock.now,
        monotonic=place.seconds,
        pause=place.pause,
        fresh_id=lambda: "minute_1",
        look=None,
        hidden=timedelta(seconds=2),
    )
    function = CanaryFunction(canary=SETTINGS, world=world, secret=lambda: (SECRET, is_new), telemetry=telemetry)
    function({}, Invocation())
    return telemetry


def test_an_event_that_arrives_is_a_measure_and_no_failure() -> None:
    """Both are always written, so a chart has a line."""
    (record,) = run(Place()).records

    assert record.metrics == {Metric.CANARY_FAILURES: 0, Metric.CANARY_SECONDS: 0.0}
    assert (record.level, record.code) == ("info", None)


@pytest.mark.parametrize(
    ("place", "code", "metrics"),
    [
        (Place(late=7), CanaryFault.LATE, {Metric.CANARY_FAILURES: 1, Metric.CANARY_SECONDS: 7.0}),
        (Place(late=1000), CanaryFault.NOT_DELIVERED, {Metric.CANARY_FAILURES: 1}),
        (Place(answer=(503, "storage_unavailable")), CanaryFault.REFUSED, {Metric.CANARY_FAILURES: 1}),
    ],
)
def test_an_event_that_does_not_arrive_has_no_measure(
    place: Place, code: CanaryFault, metrics: dict[Metric, float]
) -> None:
    """The alarm takes a missing value for the worst; the value of a late event says by how much."""
    (record,) = run(place).records

    assert (record.metrics, record.code, record.level) == (metrics, code.value, "warning")
    assert record.fields["reason"]


def test_an_event_that_was_changed_has_no_measure_although_it_came_in_time() -> None:
    """Otherwise the alarm would not see the fault."""
    place = Place()
    place.change = lambda body: body.replace(b"canary", b"parrot")

    (record,) = run(place).records

    assert (record.metrics, record.code) == ({Metric.CANARY_FAILURES: 1}, "canary_changed")


def test_the_run_that_makes_the_secret_sends_nothing() -> None:
    """No validator knows the secret yet: an event would be refused, and count as a failure."""
    place = Place()

    (record,) = run(place, is_new=True).records

    assert (place.sent, record.metrics, record.level) == ([], {}, "info")


def test_a_secret_that_cannot_be_read_is_reported_and_raised() -> None:
    """Lambda counts it, and the alarm misses its measure."""
    telemetry, place = MemoryTelemetry(), Place()

    def denied() -> tuple[bytes, bool]:
        raise UnavailableError("secrets_unavailable", "GetParameters: AccessDenied")

    world = CanaryWorld(
        post=place.post,
        queues=place.queues,
        now=place.clock.now,
        monotonic=place.seconds,
        pause=place.pause,
        fresh_id=lambda: "minute_1",
        look=None,
        hidden=timedelta(seconds=2),
    )
    function = CanaryFunction(canary=SETTINGS, world=replace(world), secret=denied, telemetry=telemetry)

    with pytest.raises(HooklineError, match="AccessDenied"):
        function({}, Invocation())

    (record,) = telemetry.records
    assert (record.level, dict(record.metrics)) == ("error", {})
