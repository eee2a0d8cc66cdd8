"""How much may be in flight, and how often one source may call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.errors import Rejected, UnavailableError
from hookline.runtimes.embedded import bucket as bucket_module
from hookline.runtimes.embedded.call_limits import Gate, RateLimits
from unit.embedded.fakes import source

if TYPE_CHECKING:
    from collections.abc import Callable


class _Clock:
    """A monotonic clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    """The buckets' clock."""
    clock = _Clock()
    monkeypatch.setattr(bucket_module, "monotonic", clock)
    return clock


def _refusal(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(UnavailableError) as caught:
        call()
    return caught.value.code, caught.value.retry_after


def _accepted(rates: RateLimits, name: str, calls: int) -> int:
    """How many of ``calls`` calls are accepted."""
    accepted, codes = 0, {"too_many_requests"}
    for _ in range(calls):
        try:
            rates.check(source(name=name))
        except Rejected as refused:
            codes.add(refused.code)
        else:
            accepted += 1
    assert codes == {"too_many_requests"}
    return accepted


# requests and bytes


def test_no_more_requests_than_the_limit_are_accepted() -> None:
    """Memory is bounded whatever arrives; a refused caller is asked to come again in a second."""
    gate = Gate(max_requests=2, max_bytes=100)
    gate.enter(0)
    gate.enter(0)

    refusal = _refusal(lambda: gate.enter(0))

    assert refusal == ("overloaded", 1)
    assert gate.requests == 2


def test_who_leaves_makes_room() -> None:
    """Overload ends with the requests that caused it."""
    gate = Gate(max_requests=1, max_bytes=100)
    gate.enter(0)

    gate.leave(0)
    gate.enter(0)

    assert gate.requests == 1


def test_no_more_bytes_than_the_limit_are_accepted() -> None:
    """Many large bodies together: the one that does not fit is refused, and the accepted ones continue."""
    gate = Gate(max_requests=9, max_bytes=100)
    gate.enter(60)
    gate.enter(40)

    refusal = _refusal(lambda: gate.enter(1))
    gate.leave(40)
    gate.enter(40)

    assert refusal == ("overloaded", 1)


def test_what_was_refused_is_not_counted() -> None:
    """A refusal that used room would fill the server with nothing."""
    gate = Gate(max_requests=2, max_bytes=100)

    refusals = [_refusal(lambda: gate.enter(101)) for _ in range(5)]
    gate.enter(100)

    assert len(refusals) == 5
    assert gate.requests == 1


def test_nobody_enters_a_closed_gate() -> None:
    """A request that arrives while the server stops is refused immediately; accepted ones may finish."""
    gate = Gate(max_requests=9, max_bytes=100)
    gate.enter(0)
    gate.close()

    refusal = _refusal(lambda: gate.enter(0))
    gate.leave(0)

    assert refusal == ("shutting_down", 1)
    assert gate.requests == 0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=60))
def test_the_gate_never_holds_more_than_it_may_and_ends_empty(steps: list[tuple[bool, int]]) -> None:
    """Whatever the order of coming and going: the limits hold, and no room is lost."""
    gate = Gate(max_requests=3, max_bytes=100)
    inside: list[int] = []

    for comes, size in steps:
        if not comes and inside:
            gate.leave(inside.pop(0))
        elif comes and len(inside) < 3 and sum(inside) + size <= 100:
            gate.enter(size)
            inside.append(size)
        elif comes:
            _refusal(lambda size=size: gate.enter(size))  # type: ignore[misc]  # a loop variable, bound immediately

        assert gate.requests == len(inside)
    for size in inside:
        gate.leave(size)
    gate.enter(100)


# rates


def test_a_source_without_a_rate_is_never_refused(clock: _Clock) -> None:  # noqa: ARG001 -- it does not move
    """No limit is the default: the gate bounds what is in flight."""
    rates = RateLimits([source(name="shop")])

    accepted = _accepted(rates, "shop", 10_000)

    assert accepted == 10_000


def test_a_burst_of_one_seconds_worth_is_accepted(clock: _Clock) -> None:  # noqa: ARG001 -- as above
    """Senders send in bursts; the second call of a burst is no abuse."""
    rates = RateLimits([source(name="shop", rate_limit=5)])

    accepted = _accepted(rates, "shop", 20)

    assert accepted == 5


def test_the_refusal_names_the_rate(clock: _Clock) -> None:  # noqa: ARG001 -- as above
    """The sender's operator sees the rate that was agreed on."""
    rates = RateLimits([source(name="shop", rate_limit=2.5)])
    _accepted(rates, "shop", 3)

    with pytest.raises(Rejected) as caught:
        rates.check(source(name="shop"))

    assert caught.value.status == 429
    assert "2.5 requests a second" in caught.value.detail


def test_the_rate_comes_back_as_time_passes(clock: _Clock) -> None:
    """It does not return faster than it was set, however long the source was quiet."""
    rates = RateLimits([source(name="shop", rate_limit=5)])
    _accepted(rates, "shop", 20)

    clock.seconds += 0.5
    soon = _accepted(rates, "shop", 20)
    clock.seconds += 3600
    later = _accepted(rates, "shop", 20)

    assert (soon, later) == (2, 5)


def test_refused_calls_do_not_put_the_next_one_off(clock: _Clock) -> None:
    """A sender that retries too fast still gets its rate; it is not locked out while it tries."""
    rates = RateLimits([source(name="shop", rate_limit=10)])
    _accepted(rates, "shop", 10)

    accepted = 0
    for _ in range(1000):
        clock.seconds += 0.01
        accepted += _accepted(rates, "shop", 1)

    assert accepted in (99, 100)


def test_less_than_one_a_second_still_lets_one_in(clock: _Clock) -> None:
    """One call every ten seconds is a rate too, and not zero."""
    rates = RateLimits([source(name="shop", rate_limit=0.1)])

    first = _accepted(rates, "shop", 5)
    clock.seconds += 9.9
    early = _accepted(rates, "shop", 5)
    clock.seconds += 0.2
    in_time = _accepted(rates, "shop", 5)

    assert (first, early, in_time) == (1, 0, 1)


def test_each_source_has_a_rate_of_its_own(clock: _Clock) -> None:  # noqa: ARG001 -- as above
    """One noisy sender must not cost another its place."""
    rates = RateLimits([source(name="noisy", rate_limit=2), source(name="quiet", rate_limit=2)])

    noisy = _accepted(rates, "noisy", 100)
    quiet = _accepted(rates, "quiet", 2)

    assert (noisy, quiet) == (2, 2)
