"""How wide the columns of a table are in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["column_widths"]


def column_widths(table: Sequence[Sequence[str]], room: int, width_of: Callable[[str], int] = len) -> list[int] | None:
    """A width for each column, so that a row takes at most ``room`` characters and no word is broken; None where there are none.

    ``table`` is the names of the columns and the rows. Narrow columns get what they need; wide ones share what is left, and wrap at words.
    ``width_of`` says how many characters wide a text is in a terminal.
    """
    columns = [*zip(*table, strict=True)]
    least = [max(max((width_of(word) for word in cell.split()), default=0) for cell in column) for column in columns]
    wanted = [max(map(width_of, column)) for column in columns]
    if sum(least) > room:
        return None
    widths, left = least, room - sum(least)
    while left and (short := [index for index, width in enumerate(widths) if width < wanted[index]]):
        share = max(left // len(short), 1)
        for index in short[:left]:
            more = min(share, wanted[index] - widths[index])
            widths[index] += more
            left -= more
    return widths
