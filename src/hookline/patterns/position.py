"""Where in a pattern we are, and the list that every complaint goes to."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from hookline.errors import Complaint
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Position", "nearest"]


@record
class Position:
    """A position in the pattern, by JSON pointer (RFC 6901); all positions of one pattern share one list of complaints."""

    pointer: str = ""
    depth: int = 0
    complaints: list[Complaint] = field(default_factory=list)

    def at(self, step: str | int) -> Position:
        """The position one step further in."""
        token = str(step).replace("~", "~0").replace("/", "~1")
        return replace(self, pointer=f"{self.pointer}/{token}", depth=self.depth + 1)

    def complain(self, why: str) -> None:
        """Notes one thing that is wrong here."""
        self.complaints.append(Complaint(where=self.pointer, why=why))


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like ``name``."""
    from difflib import get_close_matches  # noqa: PLC0415 -- only a mistake needs it, and every cold start would wait for it

    return get_close_matches(name, known, n=1, cutoff=0.0)[0]
