"""The model of a burst keeps to the limits that it names, and loses no event."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hookline.infra.plan import Load

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parent.parent.parent
LOAD = Load(rate=1, size=1024)
COLD = 1.0
OPEN = {"throttle_rate": 1e6, "throttle_burst": 1e6}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """bench/aws_burst.py, which is in no installed package."""
    monkeypatch.syspath_prepend(ROOT)
    return import_module("bench.aws_burst")


def after(model: ModuleType, **burst: Any) -> Any:
    """The result of a burst."""
    return model.simulate(model.Burst(load=LOAD, cold=(COLD, COLD), **burst))


def test_a_load_within_every_limit_waits_for_the_cold_start_only(model: ModuleType) -> None:
    """A refusal without a limit that is reached would be a fault of the model."""
    seen = after(model, events=300, rate=100)

    assert (seen.first_try, seen.throttled, seen.no_room, seen.left) == (300, 0, 0, 0)
    assert seen.accepted == pytest.approx(2.99 + LOAD.validator_ms / 1000, abs=0.01)
    assert seen.oldest == pytest.approx(COLD + 0.05 + LOAD.router_ms / 1000, abs=0.01)


def test_the_stage_takes_no_more_than_its_burst_together(model: ModuleType) -> None:
    """The first limit that a burst meets is the stack's own setting."""
    seen = after(model, events=900, throttle_rate=100, throttle_burst=300)

    assert seen.first_try == 300
    assert seen.accepted > 6  # 600 more, 100 a second


def test_a_function_gains_a_thousand_environments_immediately_and_a_hundred_a_second(model: ModuleType) -> None:
    """This holds however much room the account has."""
    seen = after(
        model, events=1500, rate=2000, concurrency=100_000, **OPEN
    )  # all before the first environment is free again

    assert seen.first_try == pytest.approx(1000 + 75, abs=2)
    assert seen.no_room == 1500 - seen.first_try


def test_all_functions_together_keep_to_the_account(model: ModuleType) -> None:
    """Where there is room for ten, one in flight is one less for the router."""
    seen = after(model, events=500, concurrency=10, **OPEN)

    assert seen.first_try == 10
    assert seen.no_room > 490
    assert seen.oldest > COLD + 1  # the router had to be tried again


def test_what_lambda_gives_up_is_left_to_the_recoverer(model: ModuleType) -> None:
    """It does not count as routed, and it is not forgotten."""
    seen = after(model, events=3000, concurrency=1, **OPEN)

    assert seen.left > 0
    assert seen.oldest < 301
