"""Adapters do what somebody asks of them, and nothing else: a method that nothing calls has to be read and tested, and helps nobody."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hookline
from syntax_trees import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(hookline.__file__).parent
NOT_THERE = {
    "aws": (
        "sqs_api",
        "runtimes/embedded",
        "adapters/sqlite",
        "adapters/memory",
        "adapters/local",
        "demo",
        "testing.py",
    ),
    "sqlite": ("runtimes/aws_lambda", "infra", "adapters/aws", "adapters/memory"),
    "local": ("adapters/memory",),
}
"""By backend, the parts that never run over it. The memory backend is for tests, which may ask more of it."""


@cache
def named_in(path: Path) -> frozenset[str]:
    """Every attribute and every text that is a name, as ``getattr`` takes one."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            found.add(node.value)
    return frozenset(found)


def public_methods(path: Path) -> Iterator[tuple[str, str]]:
    """The methods of the module's public classes, each with its class."""
    for one in tree_of(path).body:
        if isinstance(one, ast.ClassDef) and not one.name.startswith("_"):
            for part in one.body:
                if isinstance(part, ast.FunctionDef) and not part.name.startswith("_"):
                    yield one.name, part.name


def asked_for(backend: str) -> frozenset[str]:
    """All names that are used where the backend is in use; a name in a port's definition does not count."""
    left_out = ("ports", *NOT_THERE[backend])
    return frozenset().union(
        *(
            named_in(path)
            for path in PACKAGE.rglob("*.py")
            if not path.relative_to(PACKAGE).as_posix().startswith(left_out)
        )
    )


@pytest.mark.parametrize("backend", NOT_THERE)
def test_every_method_of_an_adapter_is_called_in_its_home(backend: str) -> None:
    """Also one that the other home needs: a port that asks more of a backend than its home uses is two ports."""
    used = asked_for(backend)
    found = {
        f"{cls}.{method}"
        for path in sorted((PACKAGE / "adapters" / backend).rglob("*.py"))
        for cls, method in public_methods(path)
        if method not in used
    }

    assert found == set()


def test_every_method_of_a_port_is_called_by_somebody() -> None:
    """Each backend implements it, and each is tested."""
    used = frozenset().union(
        *(
            named_in(path)
            for path in PACKAGE.rglob("*.py")
            if path.parts[-2] != "ports" and "adapters" not in path.parts
        )
    )
    found = {
        f"{one.name}.{part.name}"
        for path in sorted((PACKAGE / "ports").glob("*.py"))
        for one in tree_of(path).body
        if isinstance(one, ast.ClassDef) and any(getattr(base, "id", "") == "Protocol" for base in one.bases)
        for part in one.body
        if isinstance(part, ast.FunctionDef) and part.name not in used
    }

    assert found == {"Batch.rollback"}, (
        "a batch that is given up must be ended, and the tests of every backend give some up"
    )


def test_a_method_that_nothing_calls_is_found() -> None:
    """A look that finds nothing anywhere would prove nothing."""
    path = PACKAGE / "adapters" / "aws" / "queues.py"

    assert ("SqsQueues", "receive") in set(public_methods(path))
    assert "receive" in asked_for("aws")
    assert "dates" not in asked_for("aws")
    assert "dates" in asked_for("sqlite")
