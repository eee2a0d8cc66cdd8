"""The reference page says exactly what is mapped, how, and why the rest is not."""

from __future__ import annotations

import re
from datetime import date

import pytest

from hookline.domain.transaction import ATTRIBUTES, Kind, Stage
from hookline.providers.transactions import MAPPED
from transactions_page import PAGE as FILE
from transactions_page import published, rewritten, section_of
from unit.transactions.samples import every_type, mapper

REFERENCE = FILE.parent
PAGE = FILE.read_text()
MAPPED_ROW = re.compile(r"^\| `([^`]+)` \| ([\w ]+) \| \[documentation\]\((\S+)\) \|$", re.MULTILINE)
OTHER_ROW = re.compile(r"^\| (`[^|]+`) \| ([^|]+) \|$", re.MULTILINE)


def section(provider: str) -> tuple[str, str]:
    """The provider's part of the page, divided where the types begin that are not mapped."""
    listed, _, left_out = section_of(provider, PAGE).partition("\nNot mapped:\n")
    return listed, left_out


def left_out_of(provider: str) -> list[str]:
    """The types that the page lists as not mapped."""
    return [name for names, _ in OTHER_ROW.findall(section(provider)[1]) for name in re.findall(r"`([^`]+)`", names)]


def test_the_page_is_current() -> None:
    """`make catalogue` writes its tables: nobody keeps hundreds of rows up by hand."""
    assert rewritten(PAGE) == PAGE


def test_every_mapped_sender_has_a_section() -> None:
    """Nobody knows that a sender is mapped when the page does not name it."""
    titles = set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE))

    assert titles >= {published(provider)["title"] for provider in MAPPED}


@pytest.mark.parametrize("provider", sorted(MAPPED))
def test_the_page_lists_every_mapped_type(provider: str) -> None:
    """Readers decide by this page to which events they subscribe."""
    rows = {name: (kinds.split(" or "), source) for name, kinds, source in MAPPED_ROW.findall(section(provider)[0])}

    assert rows.keys() == every_type(provider).keys()
    assert all(
        found.kind.value in rows[name][0] and found.source == rows[name][1]
        for name, found in every_type(provider).items()
    )


@pytest.mark.parametrize("provider", sorted(MAPPED))
def test_the_page_accounts_for_every_type_that_the_sender_publishes(provider: str) -> None:
    """A type that is neither mapped nor listed was never decided about: money may be missing from the sum."""
    types = published(provider)["types"]
    left_out = left_out_of(provider)

    assert sorted([*every_type(provider), *left_out]) == sorted(types)
    assert len(set(types)) == len(types)


@pytest.mark.parametrize("provider", sorted(MAPPED))
def test_a_published_list_says_where_and_when_it_was_read(provider: str) -> None:
    """A list without a date cannot be checked again, and a list that is not the sender's own has to say so."""
    found = published(provider)

    assert found["source"].startswith("https://")
    assert date.fromisoformat(found["date"]) >= date(2026, 1, 1)
    assert found["note"]


@pytest.mark.parametrize("provider", sorted(MAPPED))
def test_every_option_and_value_is_on_the_page(provider: str) -> None:
    """Users cannot use an option that they cannot find."""
    for option, values in mapper(provider).choices.items():
        for value, default in zip(values, [", the default", *[""] * len(values)], strict=False):
            assert f'| `{provider}` | `{option}` | `"{value}"`{default} |' in PAGE


@pytest.mark.parametrize("page", ["transactions.md", "messages.md"])
def test_every_attribute_is_on_both_pages(page: str) -> None:
    """Developers of consumers read one page, and authors of routes the other."""
    text = (REFERENCE / page).read_text()

    assert [name for name in ATTRIBUTES if f"`{name}`" not in text] == []
    assert [str(word) for word in [*Kind, *Stage] if f"`{word}`" not in PAGE] == []
