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


def defined(tree: ast.Module) -> Iterator[str]:
    """Public functions and classes that the module itself defines. A decorated function is reached through what took it in."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            if isinstance(node, ast.ClassDef) or not node.decorator_list:
                yield node.name


def order(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then functions: the order of names that ruff keeps in ``__all__`` (RUF022)."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, name


def dotted(path: Path) -> str:
    """The module's name."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@every_module
def test_every_module_says_what_it_is_for(path: Path) -> None:
    """A file that cannot say so in a sentence is an idea that is not clear yet."""
    docstring = ast.get_docstring(parsed(path))

    assert docstring
    assert docstring.splitlines()[0].endswith((".", ":", "?"))


@every_module
def test_exports_are_sorted_and_true(path: Path) -> None:
    """Whoever opens a module sees at its head what may be used from outside, all of it and nothing else."""
    tree = parsed(path)
    names = exports(tree)
    if names is None:
        assert list(defined(tree)) == [], "a module that defines something public says so in __all__"
        return

    module = importlib.import_module(dotted(path))

    assert names == sorted(names, key=order)
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(module, name)] == []
    assert [name for name in names if name.startswith("_")] in ([], ["__version__"])
    assert set(defined(tree)) - set(names) == set()
