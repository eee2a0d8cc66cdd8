"""What each module offers is written down, sorted and true."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hookline

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(hookline.__file__).parent
PATHS = sorted(PACKAGE.rglob("*.py"))
every_module = pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(PACKAGE)))


def parsed(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text())


def exports(tree: ast.Module) -> list[str] | None:
    """What ``__all__`` says, None where there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            value = ast.literal_eval(node.value)
            assert isinstance(value, list)
            return value
    return None


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Every name that is imported from a module of ours, with that module, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE.name:
            for alias in node.names:
                yield node.module or "", alias.name


def order(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then functions: the order of names that ruff keeps in ``__all__`` (RUF022)."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, name


def dotted(path: Path) -> str:
    """The module's name."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


EXPORTS = {dotted(path): exports(parsed(path)) or [] for path in PATHS}


@every_module
def test_every_module_says_what_it_is_for(path: Path) -> None:
    """A file that cannot say so in a sentence is an idea that is not clear yet."""
    docstring = ast.get_docstring(parsed(path))

    assert docstring
    assert docstring.splitlines()[0].endswith((".", ":", "?"))


@every_module
def test_exports_are_sorted_and_true(path: Path) -> None:
    """Whoever opens a module sees at its head what may be used from outside, and finds it there."""
    names = exports(parsed(path)) or []

    module = importlib.import_module(dotted(path))

    assert names == sorted(names, key=order)
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(module, name)] == []
    assert [name for name in names if name.startswith("_")] in ([], ["__version__"])


@every_module
def test_nothing_is_imported_that_its_module_does_not_export(path: Path) -> None:
    """What is not exported may change without a look around: a module that uses it would break from afar."""
    hidden = [
        (module, name)
        for module, name in imports(parsed(path))
        if f"{module}.{name}" not in EXPORTS and name not in EXPORTS[module]
    ]

    assert hidden == []
