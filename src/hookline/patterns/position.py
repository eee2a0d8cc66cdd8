"""The current position in a pattern, and the list that collects all complaints."""

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
        """The position one step deeper."""
        token = str(step).replace("~", "~0").replace("/", "~1")
        return replace(self, pointer=f"{self.pointer}/{token}", depth=self.depth + 1)

    def complain(self, why: str) -> None:
        """Records one thing that is wrong at this position."""
        self.complaints.append(Complaint(where=self.pointer, why=why))


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most similar to ``name``."""
    from difflib import get_close_matches  # noqa: PLC0415 -- only a mistake needs it, and every cold start would load it

    return get_close_matches(name, known, n=1, cutoff=0.0)[0]
