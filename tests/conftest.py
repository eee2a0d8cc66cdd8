"""What every test may be told on the command line."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("no deadline", deadline=None)  # a busy machine would fail tests that are about values
settings.load_profile("no deadline")


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
