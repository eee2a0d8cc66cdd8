"""The syntax trees of hookline's modules, each parsed once for the tests of a file."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["forget_trees", "tree_of", "trees_in"]


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text())


def trees_in(folder: Path) -> list[tuple[Path, ast.Module]]:
    """The path and the syntax tree of each module in a folder and in the folders below it, ordered by path."""
    return [(path, tree_of(path)) for path in sorted(folder.rglob("*.py"))]


def forget_trees() -> None:
    """Free all trees: they are millions of objects, which would slow down each garbage collection in the rest of the run."""
    tree_of.cache_clear()
