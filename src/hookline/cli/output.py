"""Printing: JSON for programs, tables and a progress bar for people."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any  # Any: the arguments of a command

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid
from rich.text import Text

from hookline.cli.exit_codes import FAILED, INTERRUPTED
from hookline.cli.options import json_option
from hookline.cli.terminal import safe, safe_lines
from hookline.cli.values import refused_as_usage
from hookline.domain.counted import counted
from hookline.domain.moment import readable
from hookline.pipeline.column_widths import column_widths
from hookline.pipeline.shown import Body, Fields, Lines, Marked, Note, Shown, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from hookline.pipeline.shown import Growing, Part

__all__ = [
    "print_fields",
    "print_table",
    "progress_bar",
    "show",
    "shows",
    "warn",
]

_GAP = 3
"""Spaces between two columns."""
_UNBOUNDED = 100_000
"""Columns. Outside a terminal a line is as long as it needs to be, so that ``grep`` finds whole ids."""


def show(shown: Shown, *, as_json: bool) -> None:
    """What a command has found: the document as JSON, or every part for a person."""
    if as_json:
        click.echo(json.dumps(shown.document, indent=None if shown.is_one_line else 2))
    for part in () if as_json else shown.parts:
        _print_part(part)
    for note in (*(() if as_json else shown.notes), *shown.warnings):
        click.echo(safe(note), err=True)
    if shown.error is not None:
        raise shown.error
    if shown.interrupted or shown.failed:
        raise click.exceptions.Exit(INTERRUPTED if shown.interrupted else FAILED)


def _print_part(part: Part) -> None:
    if isinstance(part, Table):
        print_table(part.columns, part.rows)
    elif isinstance(part, Fields):
        print_fields(part.pairs)
    elif isinstance(part, Body):
        _print_body(part.title, part.body)
    elif isinstance(part, Lines):
        for line in part.lines:
            click.echo(safe(line))
    elif isinstance(part, Note):
        click.echo(safe(part.text), err=True)
    elif isinstance(part, Marked):
        click.echo(f"{click.style(part.mark, fg=part.color)}{safe(part.text)}")
    else:
        click.echo(safe_lines(part))


def shows(command: Callable[..., Shown | Growing | None]) -> Callable[..., None]:
    """Give the command ``--json``, and show what it returns. An UnusableError is wrong usage."""

    @wraps(command)
    def shown(*args: Any, as_json: bool, **given: Any) -> None:
        with refused_as_usage():
            found = command(*args, **given)
            for one in [] if found is None else [found] if isinstance(found, Shown) else found:
                if isinstance(one, Shown):
                    show(one, as_json=as_json)
                elif not as_json:
                    _print_part(one)

    return json_option(shown)


def warn(text: str) -> None:
    """Print a warning before the command does its work; with ``--json`` standard error has errors only."""
    if not click.get_current_context().params["as_json"]:
        click.echo(f"warning: {safe(text)}", err=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table of cells as text, fit for a terminal; None is an empty cell. Where a terminal is too narrow for it, each row is a block."""
    console, cells = _console(), [[_cell(value) for value in row] for row in rows]
    words = [columns, *([cell.plain for cell in row] for row in cells)]
    widths = column_widths(words, console.width - _GAP * len(columns) + _GAP, cell_len)
    if widths is None:
        for number, row in enumerate(cells):
            click.echo("\n" * bool(number), nl=False)
            print_fields((column, cell.plain) for column, cell in zip(columns, row, strict=True) if cell.plain)
        return
    table = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column, width=width, overflow="fold")
    for row in cells:
        table.add_row(*row)
    console.print(table)


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Names and values, one pair on each line."""
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    for name, value in fields:
        grid.add_row(name, _cell(value))
    _console().print(grid)


def _print_body(title: str, body: bytes) -> None:
    """A body under a title, as text where it is text."""
    try:
        text = safe_lines(body.decode())
    except UnicodeDecodeError:
        text = f"({counted(len(body), 'byte that is', 'bytes that are')} not text: see --json for base64)"
    click.echo(f"\n{title}:\n{text}")


@contextmanager
def progress_bar(total: int, doing: str = "sending") -> Iterator[Callable[..., None]]:
    """A bar on standard error while the block runs, when that is a terminal; what is given moves it on, by one unless it gets a number."""
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(doing, total=total)
        yield lambda by=1: progress.advance(task, by)


def _cell(value: object) -> Text:
    text = readable(value) if isinstance(value, datetime) else "" if value is None else str(value)
    return Text(safe(text))


def _console() -> Console:
    width = None if sys.stdout.isatty() else _UNBOUNDED
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)
