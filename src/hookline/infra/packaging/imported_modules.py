"""Finds the modules of hookline that a package needs, by following its import statements."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import hookline

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

__all__ = ["imports", "module_files", "words"]

_ROOT = Path(hookline.__file__).parent
_NAME = "hookline"
_REMEMBERED = 1024
"""Sources whose imports are cached: a build needs those of each source twice, and several builds need the same ones."""


def module_files(package: str, *more: str, without: Collection[str] = ()) -> Mapping[str, bytes]:
    """The files of ``package``'s modules and of all hookline modules that they import, also inside functions, by path in an archive.

    ``more`` are modules that no statement imports; one that does not exist is skipped. ``without`` are modules of the
    package that are left out, with what only they import.
    """
    waiting = [
        *(name for name in _below(package) if name not in without),
        *(name for one in more for name in _with_parents(one)),
    ]
    found: dict[str, bytes] = {}
    while waiting:
        path = _file(waiting.pop())
        if path is None or (name := path.relative_to(_ROOT.parent).as_posix()) in found:
            continue
        found[name] = path.read_bytes()
        for imported in imports(found[name]):
            waiting.extend(_with_parents(imported))
    return found


@lru_cache(maxsize=_REMEMBERED)
def imports(source: bytes) -> Sequence[str]:
    """Every name that ``source`` imports when it runs, dotted; ``from a import b`` is both ``a`` and ``a.b``."""
    return tuple(_imports(source))


def _imports(source: bytes) -> Iterator[str]:
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting.extend(_running(node))


def words(sources: Iterable[bytes]) -> set[str]:
    """Every attribute's name and every text in ``sources``: the names of all functions that they call are among them."""
    return {word for source in sources for word in _words(source)}


@lru_cache(maxsize=_REMEMBERED)
def _words(source: bytes) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return frozenset(found)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of ``node`` without the imports for type checkers."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        yield from node.orelse
        return
    yield from ast.iter_child_nodes(node)


def _below(package: str) -> Iterator[str]:
    """The package, its parents, and every module in it."""
    yield from _with_parents(package)
    folder = _ROOT.parent.joinpath(*package.split("."))
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(_ROOT.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    if parts[0] == _NAME:
        yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _file(name: str) -> Path | None:
    """The path of the module's source; None when the name is an object inside a module."""
    path = _ROOT.parent.joinpath(*name.split("."))
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)
