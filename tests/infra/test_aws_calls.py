"""How often the functions call AWS, counted from outside, with the functions as they are packaged."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: bench is in no installed package

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
WARM_UP = 51


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """bench/aws_runs.py, and its archives and stub of AWS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        runs = import_module("bench.aws_runs")
        with runs.bench(tmp_path_factory.mktemp("bench")) as running:
            yield runs, running


def test_a_warm_validator_calls_aws_twice_for_an_event(bench: tuple[Any, Any]) -> None:
    """One conditional put and one invocation: each call more is milliseconds for every sender, and money for every event."""
    runs, running = bench

    found = running.run(running.validator(), runs.proxy_events(WARM_UP + 10))

    assert found.calls == 2


def test_a_warm_router_calls_aws_twice_for_an_event_of_one_queue(bench: tuple[Any, Any]) -> None:
    """One message and one update: an event that the validator passes on need not be read again."""
    runs, running = bench

    found = running.run(running.router(), runs.invocations(WARM_UP + 10))

    assert found.calls == 2


def test_the_handler_written_by_hand_does_the_same_work(bench: tuple[Any, Any]) -> None:
    """A baseline that stores or passes on less would make every comparison worthless."""
    runs, running = bench

    found = running.run(running.plain(), runs.proxy_events(WARM_UP + 10))

    assert found.calls == 2


def test_a_refused_request_is_no_measurement(bench: tuple[Any, Any]) -> None:
    """Refusals are fast: a benchmark of them would look good."""
    runs, running = bench
    (event,) = runs.proxy_events(1)

    with pytest.raises(import_module("bench.faults").BenchError, match="statusCode': 401"):
        running.run(running.validator(), [{**event, "body": event["body"] + " "}])
