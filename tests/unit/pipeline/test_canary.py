"""The canary's event: what is sent, what must arrive, and when somebody should look."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from contract.builders import START
from hookline.config.canary import canary_config
from hookline.domain.canary import CANARY, Canary, CanaryFault, CanaryRun
from hookline.domain.message import Delivery
from hookline.domain.secret import Secret
from hookline.pipeline.canary import canary_call, canary_event_id, canary_outcome, is_leftover, lateness

CANARY_OF_A_MINUTE = Canary(every=timedelta(minutes=1), late_after=timedelta(seconds=30))
SECRET = b"whsec_Y2FuYXJpZXMgc2luZyBpbiB0aGUgbWluZXM="
CALL = canary_call(SECRET, "minute_1", START)
LATE = CanaryRun(fault=CanaryFault.LATE, seconds=31.0, detail="the event reached its queue only after 31.0 seconds")
GOOD = CanaryRun(seconds=0.1)


def delivery(body: str, *, age: timedelta = timedelta(0)) -> Delivery:
    """A message as a consumer gets it."""
    return Delivery(
        message_id="m",
        receipt="r",
        event_id="e",
        body=body,
        attributes={},
        receives=1,
        sent_at=START - age,
        first_received_at=None,
    )


def message(data: bytes = CALL.body, digest: str | None = None) -> str:
    """The message of an event with this body."""
    digest = digest or hashlib.sha256(CALL.body).hexdigest()
    return f'{{"id":"{CANARY}:minute_1","bodysha256":"{digest}","data":{data.decode()}}}'


def test_the_call_is_one_that_its_source_takes() -> None:
    """It takes the same path as every sender's events."""
    canary = canary_config()
    (source,) = canary.sources

    verified = canary.schemes[CANARY].verify(CALL, [Secret(name="S", value=SECRET)])

    assert CALL.path == source.path
    assert canary_event_id("minute_1") == f"{CANARY}:{verified.delivery_id}"


@pytest.mark.parametrize(
    ("body", "seconds", "fault"),
    [
        (message(), 30.0, None),
        (message(), 30.1, CanaryFault.LATE),
        (message(b'{"type":"other"}'), 0.1, CanaryFault.CHANGED),
        (message(digest="0" * 64), 0.1, CanaryFault.CHANGED),
        ("not JSON", 0.1, CanaryFault.CHANGED),
    ],
)
def test_an_event_that_came_is_judged_by_its_time_and_its_data(
    body: str, seconds: float, fault: CanaryFault | None
) -> None:
    """Different bytes are a worse fault than a late event."""
    outcome = canary_outcome(CANARY_OF_A_MINUTE, CALL.body, delivery(body), seconds)

    assert (outcome.fault, outcome.seconds) == (fault, seconds)
    assert bool(outcome.detail) == (fault is not None)


def test_a_message_that_nobody_waits_for_any_more_is_left_over() -> None:
    """What a doctor's event waits for must not be removed."""
    assert not is_leftover(CANARY_OF_A_MINUTE, delivery("", age=timedelta(seconds=60)), START)
    assert is_leftover(CANARY_OF_A_MINUTE, delivery("", age=timedelta(seconds=61)), START)


@pytest.mark.parametrize(
    ("last", "running", "since_success", "is_late"),
    [
        (None, None, 10.0, False),
        (GOOD, None, 59.0, False),
        (GOOD, 30.0, 60.0, False),
        (GOOD, 30.1, 90.0, True),
        (LATE, None, 61.0, True),
        (LATE, 0.1, 61.0, True),
        (GOOD, None, 180.0, False),
        (GOOD, None, 180.1, True),
        (None, None, 180.1, True),
    ],
)
def test_it_is_late_from_the_moment_when_an_event_should_have_come(
    last: CanaryRun | None, running: float | None, since_success: float, *, is_late: bool
) -> None:
    """An event that hangs is reported before it is given up, and so is a canary that sends none."""
    why = lateness(CANARY_OF_A_MINUTE, last, under_way=running, since_success=since_success)

    assert (why is not None) == is_late
