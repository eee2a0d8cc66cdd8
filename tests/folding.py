"""``--fold-cases``: the cases of a parametrised test run as one test, where none of them has a fixture of its own.

Half of all tests are such cases. What pytest does around each of them, in every process that collects it, takes several times as long as
the case itself. A failure names its case, and the other cases have run as well. Without the option each case is a test, as always.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import is_hypothesis_test

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["folded"]

_FOLDER = "tmp_path"
"""The one fixture for one test that can be created again for each case."""


def folded(items: Sequence[pytest.Item | pytest.Collector]) -> list[pytest.Item | pytest.Collector]:
    """One test for all ``items``, which are the cases of one function; or ``items``, where they cannot share what they are given."""
    cases = [item for item in items if isinstance(item, pytest.Function) and _shares_everything(item)]
    if len(cases) < 2 or len(cases) != len(items):
        return list(items)
    first = cases[0]
    return [pytest.Function.from_parent(first.parent, name=first.originalname, callobj=_loop(cases))]


def _shares_everything(item: pytest.Function) -> bool:
    marks = list(item.iter_markers())
    if (
        not isinstance(item.parent, pytest.Module)
        or any(mark.name != "parametrize" or mark.kwargs.get("indirect") for mark in marks)
        or is_hypothesis_test(item.obj)
        or inspect.iscoroutinefunction(item.obj)
    ):
        return False
    by_mark = {name for mark in marks for name in _names(mark)}
    asked_for_by_fixtures = {"request"} - inspect.signature(item.obj).parameters.keys()
    free = by_mark | {_FOLDER} | asked_for_by_fixtures
    return all(name in free or _is_shared(item, name) for name in item.fixturenames)


def _names(mark: pytest.Mark) -> list[str]:
    names = mark.args[0] if mark.args else mark.kwargs["argnames"]
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)


def _is_shared(item: pytest.Function, name: str) -> bool:
    """Whether the tests of a module share the fixture, and none is parametrised by it. The nearest definition is the one that counts."""
    definitions = item._fixtureinfo.name2fixturedefs.get(name, ())
    return bool(definitions) and definitions[-1].scope != "function" and definitions[-1].params is None


def _loop(cases: Sequence[pytest.Function]) -> Callable[..., None]:
    test, given = cases[0].obj, [(case.callspec.id, dict(case.callspec.params)) for case in cases]
    shared = [name for name in inspect.signature(test).parameters if name not in given[0][1]]

    @functools.wraps(test)
    def loop(**fixtures: Any) -> None:  # whatever the test's own fixtures are
        __tracebackhide__ = True
        skipped, failures = None, []
        for number, (name, parameters) in enumerate(given):
            try:
                test(**_for_case(number, fixtures), **parameters)
            except pytest.skip.Exception as left_out:
                skipped = left_out
            except (Exception, pytest.fail.Exception) as failure:  # noqa: BLE001 -- raised below, when all cases have run
                failure.add_note(f"in the case [{name}]")
                failures.append(failure)
        if len(failures) > 1:
            raise BaseExceptionGroup(f"{len(failures)} of {len(given)} cases failed", failures)
        for outcome in (*failures, *([skipped] if skipped else [])):
            raise outcome

    positional = inspect.Parameter.KEYWORD_ONLY
    loop.__signature__ = inspect.Signature([inspect.Parameter(name, positional) for name in shared])  # type: ignore[attr-defined] # PEP 362
    return loop


def _for_case(number: int, fixtures: dict[str, Any]) -> dict[str, Any]:
    """The fixtures, with a folder in the test's folder for this case."""
    if _FOLDER not in fixtures:
        return fixtures
    folder = fixtures[_FOLDER] / str(number)
    folder.mkdir()
    return fixtures | {_FOLDER: folder}
