"""A user cannot find an undocumented setting; a documented one that does not exist is worse."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hookline.config import KEYS, parse

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "configuration.md").read_text()
TABLES = {
    "access": "[[access]]",
    "oidc": "[oidc]",
    "users": "[[users]]",
    "server": "[server]",
    "events": "[events]",
    "quarantine": "[quarantine]",
    "storage": "[storage]",
    "sources": "[sources.NAME]",
    "fetch": "fetch",
    "verify": "verify",
    "queues": "[queues.NAME]",
    "routes": "[[routes]]",
    "alerts": "[[alerts]]",
    "canary": "[canary]",
    "forwards": "[[forwards]]",
}


def section(title: str) -> str:
    """The part of the page under the heading ``title``."""
    return PAGE.split(f"\n## `{title}`\n", 1)[1].split("\n## ", 1)[0]


def documented(title: str) -> set[str]:
    """The keys that have a row in the section's table."""
    return set(re.findall(r"^\| `([a-z_]+)` \|", section(title), re.MULTILINE))


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_key_has_a_row_and_every_row_a_key(table: str) -> None:
    """The reference is where people look for what they may write."""
    assert documented(TABLES[table]) == KEYS[table]


def test_every_table_has_a_section() -> None:
    """This holds for tables of the future too."""
    assert set(TABLES) == {*KEYS, "verify"} - {""}
    assert KEYS[""] == set(TABLES) - {"fetch", "verify"}


def test_the_examples_of_the_page_load() -> None:
    """People copy examples before they read."""
    blocks = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        parse(block, base=Path(__file__).parents[3] / "examples" / "transactions")
