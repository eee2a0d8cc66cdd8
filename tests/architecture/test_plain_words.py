"""Texts are in plain English: no text of the project uses a word of tests/plain_words.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from plain_words import TABLE, names, texts, uses

ROOT = Path(__file__).parents[2]


def test_no_refused_word_is_used() -> None:
    """A reader whose first language is not English understands each sentence at the first reading."""
    found = [
        (path.relative_to(ROOT).as_posix(), word, f"{path.relative_to(ROOT)}:{line}: {word!r}; write {instead}")
        for path in texts()
        for line, word, instead in uses(path.read_text())
    ]
    refused = [text for path, word, text in found if (path, word) not in names()]

    assert not refused, "\n".join(refused)
    assert names() == {(path, word) for path, word, _ in found}, "a name that is not used any more"


def test_every_kind_of_text_is_read() -> None:
    """A folder that is not searched any more would fill with these words again."""
    read = {path.relative_to(ROOT).as_posix() for path in texts()}

    assert {
        "README.md", "CHANGELOG.md", "Makefile", ".ci/run", ".github/workflows/ci.yml", "src/hookline/errors.py",
        "src/hookline/infra/prices.toml", "docs/reference/cli.md", "tests/conftest.py", "bench/faults.py",
    } <= read  # fmt: skip


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("we mend it\nand Mended it", [1, 2]),
        ("mend mend", [1, 1]),
        ("a recommended amendment", []),
        ("mend_all and remend", []),
        ("(mend)", [1]),
        ("# it works in\n# vain", [1]),
        ('"it works in "\n"vain"', [1]),
        ("the option mend-all", []),
    ],
)
def test_only_whole_words_are_found(text: str, lines: list[int]) -> None:
    """``recommended`` does not use ``mend``, and a form of two words may continue on the next line."""
    assert [line for line, _, _ in uses(text)] == lines


def test_each_use_says_what_to_write() -> None:
    """A writer who only hears that a word is wrong has to guess the right one."""
    assert list(uses("it comes to nothing")) == [(1, "comes to", "amounts to, reaches, arrives at")]


def test_every_form_is_lower_case_and_listed_once() -> None:
    """Texts are searched in lower case; a form under two words would have two replacements."""
    rows = tomllib.loads(TABLE.read_text())["words"]
    listed = [form for word, row in rows.items() for form in (word, *row.get("also", []))]

    assert len(listed) == len(set(listed))
    assert all(form == form.lower() for form in listed)
    assert all(row["write"] for row in rows.values())
