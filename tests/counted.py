"""Counts what CONTRIBUTING.md compares: the modules of a package and the pages of a documentation.

``python -m counted PACKAGE DOCS``; PACKAGE is a folder with modules, DOCS a folder with pages (Markdown or reStructuredText).
"""

from __future__ import annotations

import ast
import sys
import tokenize
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Counted", "counted"]

LONG = 400
PAGES = {".md", ".rst"}


class Counted(NamedTuple):
    """What was counted.

    ``middle`` and ``longest`` are lines of modules, ``long`` is the number of modules over 400 lines, ``comments`` are those in a
    hundred lines, ``docstrings`` is the percentage of public functions, classes and methods that have one.
    """

    modules: int
    middle: int
    longest: int
    long: int
    comments: float
    docstrings: int
    pages: int
    words: int


def counted(package: Path, docs: Path) -> Counted:
    """The numbers of a package and of its documentation. Modules of tests are left out."""
    modules = [
        path for path in sorted(package.rglob("*.py")) if not {"tests", "test"} & set(path.relative_to(package).parts)
    ]
    lengths = [len(path.read_text("utf-8").splitlines()) for path in modules]
    documented = [has for path in modules for has in _docstrings(ast.parse(path.read_text("utf-8")))]
    pages = [path.read_text("utf-8") for path in docs.rglob("*") if path.suffix in PAGES]
    return Counted(
        modules=len(modules),
        middle=median_low(lengths),
        longest=max(lengths),
        long=sum(length > LONG for length in lengths),
        comments=round(100 * sum(map(_comments, modules)) / sum(lengths), 1),
        docstrings=round(100 * sum(documented) / len(documented)),
        pages=len(pages),
        words=sum(len(page.split()) for page in pages),
    )


def _comments(path: Path) -> int:
    """The comments of a module, without those that only tools read."""
    with path.open("rb") as file:
        found = [token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT]
    return sum(not text.lstrip("# ").startswith(("noqa", "type:", "pragma", "fmt:", "!")) for text in found)


def _docstrings(tree: ast.AST) -> Iterator[bool]:
    """Of each public class, function and method, whether it has a docstring."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield ast.get_docstring(node) is not None
            if isinstance(node, ast.ClassDef):
                yield from _docstrings(node)


if __name__ == "__main__":
    sys.stdout.write(f"{counted(Path(sys.argv[1]), Path(sys.argv[2]))}\n")
