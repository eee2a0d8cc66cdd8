"""What every test accepts on the command line, and which tests are slow."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import is_hypothesis_test, settings

from effort import PROFILE, PROFILES, comes_first, examples, rounds, slow_reason
from folding import folded
from measured import save_measured
from release_check.origin import foreign

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

for _profile in PROFILES:  # without a deadline: a busy machine would fail tests that are about values
    settings.register_profile(_profile, deadline=None, max_examples=examples(100))
settings.load_profile(PROFILE)

_PATIENCE_FOR_MANY_EXAMPLES = 1500
"""Seconds: a test that runs many examples may take this long where coverage is measured on a slow machine. What hypothesis reports
when it is interrupted is misleading: that the data was flaky."""


@pytest.fixture(scope="session", autouse=True)
def _of_one_origin() -> Iterator[None]:
    """Fail a process that has imported a module of another hookline: the wheel would be tested with parts of the checkout."""
    yield
    assert foreign() == {}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import a file from which ``-m`` would choose nothing: with imports, collecting takes a minute of processor time.

    Returning None leaves the decision to others.
    """
    if collection_path.suffix != ".py":
        return None
    left_out = {
        "not slow": slow_reason(collection_path) is not None,
        "slow": slow_reason(collection_path) is None and not _marks_slow_tests(collection_path),
    }
    return left_out.get(config.option.markexpr) or None


def _marks_slow_tests(path: Path) -> bool:
    """Whether the file, or the conftest.py next to it, marks tests as slow."""
    both = (path, path.with_name("conftest.py"))
    return any("mark.slow" in one.read_text("utf-8") for one in both if one.exists())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among thousands of tests while they are made: all of them stay, and later nobody looks at them again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(collector: pytest.Collector) -> Generator[None, object, object]:
    """Make one test of all cases of a function, where that was asked for."""
    made = yield
    return folded(made) if isinstance(made, list) and collector.config.option.fold_cases else made


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the slow files' tests, give the tests of hypothesis more time than the others, and begin with what is costly to share."""
    if config.option.reversed:
        items.reverse()
    items.sort(key=lambda item: not comes_first(item.path))
    for item in items:
        if slow_reason(item.path) is not None:
            item.add_marker(pytest.mark.slow)
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
            item.add_marker(pytest.mark.timeout(_PATIENCE_FOR_MANY_EXAMPLES))


@pytest.hookimpl(trylast=True)  # after the end of the fixtures
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Save what was measured, and collect garbage once.

    When pytest ends, it collects ten times: with millions of objects that takes longer than xdist waits for a process. It skips
    frozen objects.
    """
    save_measured(session)
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Twice as many processes as processors, because many tests wait; not more than eight, because each starts servers."""
    return min(8, (os.cpu_count() or 1) * 2)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--rounds N``: how often the crash test kills the server. Twenty in CI, a fifth of that in ``make test``; a night takes thousands.

    ``--cuts N``: at how many moments the power fails in each scenario of tests/powercut. Eight suit every run; a night takes hundreds.

    ``--sequences N``: how many random sequences tests/differential sends to hookline and to two other implementations of SQS. Fifteen
    suit every run, and are the same ones; with another number they are others each time.

    ``--fold-cases``: run the cases of a parametrised test as one test, where they share all fixtures (``folding``).

    ``--reversed``: run the tests in reverse order, which finds a test that needs what another one has left.

    ``--rewrite-golden``: write tests/infra/golden.txt again, after an intended change of the deployment, and docs/tutorial/demo.cast.
    """
    parser.addoption("--rounds", type=int, default=rounds(20), help="how often the crash test kills the server (4, 20)")
    parser.addoption("--cuts", type=int, default=8, help="moments at which the power fails in tests/powercut (8)")
    parser.addoption("--sequences", type=int, default=None, help="random sequences of tests/differential (15)")
    parser.addoption(
        "--fold-cases", action="store_true", help="run a test's cases as one test, where they share all fixtures"
    )
    parser.addoption("--reversed", action="store_true", help="run the tests in reverse order")
    parser.addoption("--rewrite-golden", action="store_true", help="agree on the graph of AWS resources as it is now")
