"""Reading tables: each complaint is recorded with its key and line, and reading continues."""

from __future__ import annotations

import re
from dataclasses import field, replace
from typing import TYPE_CHECKING, TypeVar

from hookline.config.units import UnusableError, shown
from hookline.errors import Complaint
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hookline.config.lines import Path

__all__ = [
    "Place",
    "Table",
    "dotted",
    "hint",
    "is_misspelt",
    "nearest",
    "one_of",
    "read",
    "read_list",
    "read_named",
    "read_names",
    "read_table",
]

T = TypeVar("T")
D = TypeVar("D")

_ALIKE = 0.75  # the least similarity, of 1: payments and payment reach it, refund and fund do not
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@record
class Place:
    """A place in the file, whose text is ``source``; all places of one file share one list of complaints."""

    source: str
    path: Path = ()
    complaints: list[tuple[int, Complaint]] = field(default_factory=list)

    def at(self, *steps: str | int) -> Place:
        """The place that is these steps deeper."""
        return replace(self, path=self.path + steps)

    def complain(self, why: str) -> None:
        """Records one thing that is wrong at this place."""
        from hookline.config.lines import line_of, lines_of_keys  # noqa: PLC0415 -- only a mistake needs it, and every cold start would load it

        line = line_of(self.path, lines_of_keys(self.source))
        where = dotted(self.path) if line is None else f"{dotted(self.path)} (line {line})"
        self.complaints.append((line or 0, Complaint(where=where, why=why)))


@record
class Table:
    """A table of the file, with its place."""

    place: Place
    values: Mapping[str, object]

    def has(self, key: str) -> bool:
        """Whether the key is in the file."""
        return key in self.values

    def at(self, key: str) -> Place:
        """The place of one of its keys."""
        return self.place.at(key)

    def read(self, key: str, reader: Callable[[object], T], default: D) -> T | D:
        """The key's value, read by ``reader``; ``default`` when it is missing, and after a complaint."""
        if key not in self.values:
            return default
        return read(self.at(key), reader, self.values[key], default)


def read(place: Place, reader: Callable[[object], T], value: object, default: D) -> T | D:
    """The value, read by ``reader``; after a complaint, ``default``."""
    try:
        return reader(value)
    except UnusableError as fault:
        place.complain(str(fault))
        return default


def read_table(place: Place, value: object, known: Iterable[str]) -> Table:
    """The table, after complaints about unknown keys; empty when it is not a table."""
    if not isinstance(value, dict):
        place.complain("must be a table")
        return Table(place=place, values={})
    names = sorted(known)
    for key in value:
        if key not in names:
            place.at(key).complain(f"unknown key {shown(key)}; the nearest known one is {nearest(key, names)!r}")
    return Table(place=place, values={key: value[key] for key in value if key in names})


def read_named(
    place: Place, value: object, is_name: Callable[[str], object], rule: str
) -> list[tuple[str, Place, object]]:
    """The entries of a table whose keys are names, each with its place, after complaints about names that break the rule."""
    if not isinstance(value, dict):
        place.complain("must be a table of named tables")
        return []
    for name in value:
        if not is_name(name):
            place.at(name).complain(rule)
    return [(name, place.at(name), inner) for name, inner in value.items()]


def read_list(place: Place, value: object, of: str) -> list[object]:
    """The items of a list with at least one; empty after a complaint."""
    if not isinstance(value, list) or not value:
        place.complain(f"must be a list of {of}, at least one")
        return []
    return value


def read_names(place: Place, value: object, of: str, reader: Callable[[object], str]) -> tuple[str, ...]:
    """The names in a list, each read by ``reader``, after complaints about names that appear twice."""
    names = [read(place.at(index), reader, item, None) for index, item in enumerate(read_list(place, value, of))]
    for index, name in enumerate(names):
        if name is not None and name in names[:index]:
            place.at(index).complain(f"{name} appears twice")
    return tuple(name for name in names if name is not None)


def one_of(known: Iterable[str]) -> Callable[[object], str]:
    """A reader of text that is one of ``known``."""
    names = list(known)

    def reader(value: object) -> str:
        if isinstance(value, str) and value in names:
            return value
        raise UnusableError(f"must be one of {', '.join(names)}, not {shown(value)}{hint(value, names)}")

    return reader


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most similar to ``name``; there must be one."""
    from difflib import get_close_matches  # noqa: PLC0415 -- as above

    return get_close_matches(name, known, n=1, cutoff=0.0)[0]


def hint(value: object, known: Iterable[str]) -> str:
    """The end of a complaint about text that is not in ``known``; empty for a value that is not text."""
    return f"; the nearest is {nearest(value, known)!r}" if isinstance(value, str) else ""


def is_misspelt(name: str, known: Iterable[str]) -> bool:
    """Whether ``name`` looks like a misspelling of one of ``known``."""
    from difflib import get_close_matches  # noqa: PLC0415 -- as above

    return bool(get_close_matches(name.lower(), [one.lower() for one in known], n=1, cutoff=_ALIKE))


def dotted(path: Path) -> str:
    """The path as TOML writes it, with positions in arrays in brackets."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{_quoted(step)}" for step in path).removeprefix(".")


def _quoted(key: str) -> str:
    return key if _BARE.fullmatch(key) else shown(key)
