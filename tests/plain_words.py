"""The words that this project does not write, each with what to write instead: ``plain_words.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TABLE", "names", "texts", "uses"]

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).with_name("plain_words.toml")

_PLACES = (
    "src", "docs", "tests", "bench", "contrib", "deploy", "examples", "policy", ".github", ".ci",
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "pyproject.toml", "requirements/README.md",
)  # fmt: skip
"""Folders and files with texts that people read."""
_SUFFIXES = {"", ".html", ".js", ".md", ".py", ".sh", ".sql", ".toml", ".yaml", ".yml"}
_NOT_READ = {TABLE, Path(__file__).parent / "architecture" / "test_plain_words.py"}

_BETWEEN = r"""(?:\s|["'#>*])+"""
"""Between the words of a form: also the end of a line, and the marks with which the next line begins."""


def texts() -> Iterator[Path]:
    """Each file whose words are checked."""
    for place in map(ROOT.joinpath, _PLACES):
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if (
                path.is_file()
                and path.suffix in _SUFFIXES
                and path not in _NOT_READ
                and "node_modules" not in path.parts
            ):
                yield path


def uses(text: str) -> Iterator[tuple[int, str, str]]:
    """Each use of a refused word: its line, the word, and what to write instead.

    A hyphenated name, such as a value of an option, is not a use.
    """
    pattern, instead = _forms()
    for match in pattern.finditer(text.lower()):
        form = re.sub(_BETWEEN, " ", match[0])
        yield text.count("\n", 0, match.start()) + 1, form, instead[form]


def names() -> set[tuple[str, str]]:
    """The file and the word of each name that cannot change."""
    return {(file, word) for file, words in tomllib.loads(TABLE.read_text())["names"].items() for word in words}


@cache
def _forms() -> tuple[re.Pattern[str], dict[str, str]]:
    words = tomllib.loads(TABLE.read_text())["words"]
    instead = {form: row["write"] for word, row in words.items() for form in (word, *row.get("also", []))}
    longest_first = sorted(instead, key=len, reverse=True)
    any_form = "|".join(_BETWEEN.join(map(re.escape, form.split())) for form in longest_first)
    return re.compile(rf"(?<![\w-])(?:{any_form})(?![\w-])"), instead
