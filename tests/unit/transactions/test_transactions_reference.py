"""The reference page says exactly what is mapped, how, and why the rest is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hookline.domain.transaction import ATTRIBUTES, Kind
from hookline.providers.transactions import MAPPED
from unit.transactions.samples import mapper

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
PAGE = (REFERENCE / "transactions.md").read_text()
MAPPED_ROW = re.compile(r"^\| `([\w.]+)` \| (\w+) \| \[documentation\]\((\S+)\) \|$", re.MULTILINE)
OTHER_ROW = re.compile(r"^\| `([\w.]+)` \| (.+) \|$", re.MULTILINE)


def section(provider: str) -> tuple[str, str]:
    """The provider's part of the page, parted where the types begin that are not mapped."""
    found = re.search(rf"^## {provider}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    assert found
    told, _, left_out = found[1].partition("\nNot mapped:\n")
    return told, left_out


def test_every_mapped_sender_has_a_section() -> None:
    """A sender that is not on the page is one that nobody knows is mapped."""
    titles = {title.lower() for title in re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)}

    assert titles == {*MAPPED, "rules"}


@pytest.mark.parametrize("provider", sorted(MAPPED))
def test_the_page_lists_what_is_mapped_and_what_is_not(provider: str) -> None:
    """People decide by this page which events to subscribe to."""
    told, left_out = section(provider)

    rows = {name: (kind, source) for name, kind, source in MAPPED_ROW.findall(told)}

    assert rows == {name: (found.kind.value, found.source) for name, found in mapper(provider).types.items()}
    assert dict(OTHER_ROW.findall(left_out)) == mapper(provider).not_mapped


@pytest.mark.parametrize("page", ["transactions.md", "messages.md"])
def test_every_attribute_is_on_both_pages(page: str) -> None:
    """Consumers read one of them, writers of routes the other."""
    text = (REFERENCE / page).read_text()

    assert [name for name in ATTRIBUTES if f"`{name}`" not in text] == []
    assert [str(kind) for kind in Kind if f"`{kind}`" not in PAGE] == []
