"""The circuit breaker of a forward."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.forward import Forward
from hookline.pipeline.forward_breaker import Breaker
from unit.builders import NOW

FORWARD = Forward(
    queue="payments",
    url="https://ledger.example.com",
    secret_names=("A",),
    breaker_failures=3,
    breaker_pause=timedelta(seconds=30),
)
SECOND = timedelta(seconds=1)


def failed(breaker: Breaker, times: int = 1, *, at: timedelta = timedelta(0), rest: timedelta | None = None) -> Breaker:
    """The breaker after some failures at the same time."""
    for _ in range(times):
        breaker = breaker.after_failure(NOW + at, forward=FORWARD, chance=0.0, rest=rest)
    return breaker


def test_it_opens_after_failures_in_a_row() -> None:
    """Each further message would lose one of its receives to an endpoint that is down."""
    assert failed(Breaker(), 2).is_closed
    opened = failed(Breaker(), 3)

    assert opened.until == NOW + 30 * SECOND
    assert opened.admits(NOW, free=8, in_flight=0) == 0


def test_a_success_in_between_keeps_it_closed() -> None:
    """A message that always fails must not stop the others."""
    breaker = failed(failed(Breaker(), 2).after_success(), 2)

    assert breaker.is_closed
    assert breaker.admits(NOW, free=8, in_flight=2) == 8


def test_after_the_pause_one_message_is_sent_as_a_probe() -> None:
    """One receive suffices for the question, however many messages wait."""
    opened = failed(Breaker(), 3)
    then = NOW + 30 * SECOND

    assert opened.admits(then - SECOND, free=8, in_flight=0) == 0
    assert opened.admits(then, free=8, in_flight=0) == 1
    assert opened.admits(then, free=7, in_flight=1) == 0


def test_a_probe_decides() -> None:
    """A success closes the breaker, and a failure opens it again for twice as long."""
    opened = failed(Breaker(), 3)

    assert opened.after_success() == Breaker()
    again = failed(opened, at=30 * SECOND)
    assert again.until == NOW + 90 * SECOND
    assert failed(again, at=90 * SECOND).until == NOW + 210 * SECOND


def test_what_was_sent_before_it_opened_changes_nothing_when_it_fails() -> None:
    """Eight requests that fail together are one outage, not eight."""
    opened = failed(Breaker(), 3)

    assert failed(opened, 5, at=SECOND) == opened


def test_pauses_end_at_five_minutes() -> None:
    """An endpoint that came back must not wait for half a day to be noticed."""
    breaker = failed(Breaker(), 3)
    for _ in range(50):
        assert breaker.until is not None
        at = breaker.until - NOW
        breaker = failed(breaker, at=at)
        assert breaker.until == NOW + at + min(timedelta(minutes=5), 30 * SECOND * 2 ** min(breaker.openings - 1, 9))


def test_it_opens_immediately_when_the_endpoint_asks_for_rest() -> None:
    """429 and 503 with Retry-After hold for all messages; after a very long rest the endpoint is tried every five minutes."""
    assert failed(Breaker(), rest=20 * SECOND).until == NOW + 20 * SECOND
    assert failed(Breaker(), rest=timedelta(hours=9)).until == NOW + timedelta(minutes=5)
    assert failed(Breaker(), 3, rest=SECOND).until == NOW + SECOND
    assert failed(Breaker(), rest=timedelta(0)).is_closed


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 400)), max_size=60), st.floats(0, 1))
def test_it_never_stays_open_for_good(steps: list[tuple[bool, float]], chance: float) -> None:
    """A probe must always come, or the queue would not move until a restart."""
    breaker, now = Breaker(), NOW
    for success, seconds in steps:
        now += timedelta(seconds=seconds)
        breaker = breaker.after_success() if success else breaker.after_failure(now, forward=FORWARD, chance=chance)

    assert breaker.admits(now + timedelta(minutes=6), free=4, in_flight=0) >= 1
