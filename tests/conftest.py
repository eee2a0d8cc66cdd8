"""What every test may be told on the command line."""

from __future__ import annotations

import os

import pytest
from hypothesis import is_hypothesis_test, settings

settings.register_profile("no deadline", deadline=None)  # a busy machine would fail tests that are about values
settings.load_profile("no deadline")

_PATIENCE_FOR_MANY_EXAMPLES = 1500
"""Seconds: a test that runs many examples may take this long where coverage is measured on a slow machine. What hypothesis reports
when it is interrupted is misleading: that the data was flaky."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of hypothesis more time than the others."""
    for item in items:
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
            item.add_marker(pytest.mark.timeout(_PATIENCE_FOR_MANY_EXAMPLES))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Twice as many processes as processors, because many tests wait; not more than eight, because each starts servers."""
    return min(8, (os.cpu_count() or 1) * 2)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--rounds N``: how often the crash test kills the server. Twenty suit every run; a night takes thousands.

    ``--cuts N``: at how many moments the power fails in each scenario of tests/powercut. Eight suit every run; a night takes hundreds.

    ``--sequences N``: how many random sequences tests/differential sends to hookline and to two other implementations of SQS. Fifteen
    suit every run, and are the same ones; with another number they are others each time.

    ``--rewrite-golden``: write tests/infra/golden.txt anew, after a change of the deployment that was meant.
    """
    parser.addoption("--rounds", type=int, default=20, help="how often the crash test kills the server (20)")
    parser.addoption("--cuts", type=int, default=8, help="moments at which the power fails in tests/powercut (8)")
    parser.addoption("--sequences", type=int, default=None, help="random sequences of tests/differential (15)")
    parser.addoption("--rewrite-golden", action="store_true", help="agree on the graph of AWS resources as it is now")
