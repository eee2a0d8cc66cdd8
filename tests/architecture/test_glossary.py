"""The glossary's words are the code's words."""

from __future__ import annotations

import re
from pathlib import Path

import hookline

ROOT = Path(__file__).parents[2]
PACKAGE = Path(hookline.__file__).parent
PAGE = (ROOT / "docs" / "reference" / "glossary.md").read_text()


def words() -> list[str]:
    """The first column; a row may explain several."""
    rows = re.findall(r"^\| ([a-z][a-z, ]*) \|", PAGE, re.MULTILINE)
    return [word for row in rows if row != "word" for word in row.split(", ")]


def test_every_word_of_the_glossary_is_used_in_the_code() -> None:
    """Readers look for a word that the code no longer uses, and find nothing."""
    text = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    identifiers = " ".join(set(re.findall(r"[A-Za-z_]\w+", text)))
    known = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", identifiers).lower()

    assert len(words()) > 40
    assert [word for word in words() if word.replace(" ", "_") not in known and word not in text] == []


def test_no_word_is_explained_twice() -> None:
    """One word for one idea."""
    assert sorted(words()) == sorted(set(words()))
