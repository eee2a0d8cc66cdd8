"""Tables fit a terminal of 80 columns, and no id is broken in two."""

from __future__ import annotations

import ast
import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.console import Console

import hookline
from hookline.cli import output
from hookline.pipeline.column_widths import column_widths
from processes import running_process

WIDTH = 80
PACKAGE = Path(hookline.__file__).parent
PRINTED = {"print_table", "listed"}


def named_columns() -> set[tuple[str, ...]]:
    """The columns of every table that the commands print: tuples of text that are called columns, or come before rows."""
    found = set()
    for path in [
        *PACKAGE.glob("cli/*.py"),
        *PACKAGE.glob("pipeline/**/*.py"),
        *PACKAGE.glob("infra/plan/*.py"),
        *PACKAGE.glob("runtimes/**/*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign) and [getattr(one, "id", "") for one in node.targets] == ["columns"]:
                tuples = [node.value]
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in PRINTED:
                tuples = node.args[:1]
            elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                tuples = node.value.elts[:1]
            else:
                continue
            for one in tuples:
                if isinstance(one, ast.Tuple) and all(isinstance(part, ast.Constant) for part in one.elts):
                    found.add(tuple(str(part.value) for part in one.elts if isinstance(part, ast.Constant)))
    return found


TABLES = sorted(named_columns())


def printed(monkeypatch: pytest.MonkeyPatch, columns: tuple[str, ...], *rows: tuple[object, ...]) -> list[str]:
    """The lines of a table in a terminal of 80 columns."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    monkeypatch.setattr(output, "_console", lambda: Console(file=written, width=WIDTH, highlight=False))
    output.print_table(columns, rows)
    return written.getvalue().splitlines()


def test_the_tables_are_found() -> None:
    """A search that finds nothing would pass everything."""
    assert ("event", "type", "status", "received", "conflicts", "reason") in TABLES
    assert ("queue", "visible", "in flight", "delayed", "oldest", "dead letters", "paused") in TABLES
    assert len(TABLES) >= 25


@pytest.mark.parametrize("columns", TABLES, ids=" ".join)
@pytest.mark.parametrize("length", [1, 12, 40, 76, 300])
def test_every_table_fits_with_short_and_with_long_values(
    monkeypatch: pytest.MonkeyPatch, columns: tuple[str, ...], length: int
) -> None:
    """A line that the terminal wraps makes a table unreadable, and an id in two parts cannot be copied."""
    ids = [f"{index}{'x' * (length - 1)}" for index, _ in enumerate(columns)]

    lines = printed(monkeypatch, columns, tuple(ids), tuple(ids))

    assert max(map(len, lines)) <= WIDTH
    if length <= 40:
        words = [word for line in lines for word in line.split()]
        assert [words.count(one) for one in ids] == [2] * len(ids)


@pytest.mark.parametrize("columns", TABLES, ids=" ".join)
def test_every_table_fits_with_a_long_sentence(monkeypatch: pytest.MonkeyPatch, columns: tuple[str, ...]) -> None:
    """A reason is a sentence: it wraps between words."""
    sentence = "the endpoint answered 503 and its body was not read because it was longer than a mebibyte " * 2

    lines = printed(monkeypatch, columns, (*["value"] * (len(columns) - 1), sentence))

    assert max(map(len, lines)) <= WIDTH
    assert {*sentence.split()} <= {word for line in lines for word in line.split()}


def test_narrow_columns_get_what_they_need_and_wide_ones_share_the_rest() -> None:
    """An id must stay whole; a sentence can wrap."""
    assert column_widths([["id", "reason"], ["evt_1", "a b c d e f g h"]], 80) == [5, 15]
    assert column_widths([["id", "reason"], ["evt_1", "a b c d e f g h"]], 12) == [5, 7]
    assert column_widths([["id", "reason"], ["evt_1", "unbreakable"]], 12) is None


def test_characters_of_two_columns_count_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name in Chinese is as wide as it looks, and no part of it is left out."""
    name = "\N{CJK UNIFIED IDEOGRAPH-4E2D}" * 30

    lines = printed(monkeypatch, ("source", "path"), (name, "/webhook/abc"))

    assert any(name in line and "/webhook/abc" in line for line in lines)


def test_a_command_in_a_terminal_of_80_columns_prints_no_wider_line() -> None:
    """The whole way: a real terminal, and the longest table that needs no data."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, WIDTH, 0, 0))
    environment = {**os.environ, "TERM": "dumb", "COLUMNS": str(WIDTH)}
    words = [sys.executable, "-m", "hookline", "providers"]
    said = b""
    with running_process(words, stdout=theirs, stderr=subprocess.DEVNULL, env=environment):
        os.close(theirs)
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:  # Linux: the other end has closed
            pass
    os.close(ours)

    lines = said.decode().splitlines()
    assert any("stripe" in line for line in lines)
    assert max(map(len, lines)) <= WIDTH
