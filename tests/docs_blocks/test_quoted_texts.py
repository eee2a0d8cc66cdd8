"""The texts that pages quote, such as lines of the log, are the ones that hookline writes."""

from __future__ import annotations

import re
from pathlib import Path

import click

from hookline.cli import main

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "apt-get",
    "aws",
    "curl",
    "docker",
    "git",
    "hookline",
    "kill",
    "make",
    "pip",
    "pulumi",
    "python",
    "terraform",
}
COMMANDS = set(main.list_commands(click.Context(main)))
"""A quotation that begins with one of these is a command."""

_FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"`((?:[a-z'-]+[,:]? ){2,}[a-z'-]+)`")
_JOINED = re.compile(r'"\s*\n\s*f?"')
"""Between two parts of one string."""


def quoted(text: str) -> list[str]:
    """What a page quotes in words, outside its blocks."""
    found = _SENTENCE.findall(_FENCE.sub("", text))
    return [one for one in found if one.split()[0] not in PROGRAMS | COMMANDS]


def test_every_quoted_text_is_one_that_hookline_has() -> None:
    """Somebody searches the log for it, and must not conclude that all is well because nothing is found."""
    code = _JOINED.sub("", "\n".join(path.read_text() for path in sorted((ROOT / "src").rglob("*.py"))))
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "SECURITY.md"]
    found = {one: str(page.relative_to(ROOT)) for page in pages for one in quoted(page.read_text())}

    assert len(found) > 10
    assert {one: page for one, page in found.items() if one not in code} == {}


def test_words_in_quotation_marks_are_told_from_commands_and_blocks() -> None:
    """A command is tried elsewhere, and so is a block."""
    text = "`the disk is full` and `queues move --yes`, `make docs all`\n\n```console\n`in a block here`\n```\n"

    assert quoted(text) == ["the disk is full"]
