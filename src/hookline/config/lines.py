"""The line of each key in a TOML file, which tomllib does not report."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Path", "line_of", "lines_of_keys"]

Path: TypeAlias = "tuple[str | int, ...]"
"""Steps from the root of the file: keys, and positions in arrays, counted from 0."""

# Strings come first, so that nothing inside one is read as a comment or a bracket (TOML 1.0, "String" and "Comment").
_TOKEN = re.compile(
    r"(?P<block>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5})"
    r"|(?P<text>\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')"
    r"|(?P<comment>\#[^\n]*)",
    re.DOTALL,
)
_QUOTED = r"\"(?:\\.|[^\"\\])*\"|'[^']*'"
_DOTTED = rf"(?:{_QUOTED}|[A-Za-z0-9_-]+)(?:[ \t]*\.[ \t]*(?:{_QUOTED}|[A-Za-z0-9_-]+))*"
_HEADER = re.compile(rf"\s*(?P<array>\[)?\[[ \t]*(?P<key>{_DOTTED})[ \t]*\]\]?\s*")
_KEY = re.compile(rf"\s*(?P<key>{_DOTTED})[ \t]*=")


@lru_cache(maxsize=1)  # every complaint about the same file calls it
def lines_of_keys(source: str) -> Mapping[Path, int]:
    """The line (from 1) of every table header and of every key at the start of a line. ``source`` must be valid TOML."""
    found: dict[Path, int] = {}
    sizes: dict[Path, int] = {}
    table: Path = ()
    for number, line in _statements(source):
        if header := _HEADER.fullmatch(line):
            table = _table(_steps(header["key"]), sizes, is_array=header["array"] is not None)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(table + _steps(key["key"]), number)
    return found


def line_of(path: Path, lines: Mapping[Path, int]) -> int | None:
    """The line of ``path``, or of the closest table around it that has one; None if none has."""
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)


def _statements(source: str) -> Iterator[tuple[int, str]]:
    """The numbered lines that begin with a header or a key: not those inside strings or arrays."""
    depth = 0
    plain = _TOKEN.sub(_flatten, source.replace("\r\n", "\n"))
    for number, line in enumerate(plain.split("\n"), start=1):
        if depth == 0:
            yield number, line
        bare = _TOKEN.sub("", line)
        depth += sum(map(bare.count, "[{")) - sum(map(bare.count, "]}"))


def _flatten(token: re.Match[str]) -> str:
    """Remove comments, and reduce a multi-line string to its line breaks, so that lines keep their numbers."""
    return token["text"] or "\n" * (token["block"] or "").count("\n")


def _steps(dotted: str) -> Path:
    """The keys of a dotted key, unquoted as in TOML."""
    steps: list[str] = []
    inner: object = tomllib.loads(f"{dotted} = 0")
    while isinstance(inner, dict):
        ((step, inner),) = inner.items()
        steps.append(step)
    return tuple(steps)


def _table(steps: Path, sizes: dict[Path, int], *, is_array: bool) -> Path:
    """The path of a table header; inside an array of tables it means the last table so far."""
    path: Path = ()
    for step in steps[:-1]:
        path += (step,)
        path += (sizes[path] - 1,) if path in sizes else ()
    path += steps[-1:]
    if is_array:
        sizes[path] = sizes.get(path, 0) + 1
    return path + ((sizes[path] - 1,) if path in sizes else ())
