"""What is shown of the senders that are known by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any  # Any: JSON documents

import pytest

from hookline.config.units import UnusableError
from hookline.pipeline.provider_lists import show_providers
from hookline.pipeline.shown import Table
from hookline.providers import PROVIDERS

NONE, HOUR = timedelta(0), timedelta(hours=1)


def listed(outage: timedelta) -> tuple[list[str], Any]:
    """The first column of the table, and the documents."""
    shown = show_providers((), as_toml=False, outage=outage)
    (table,) = shown.parts
    assert isinstance(table, Table)
    return [str(row[0]) for row in table.rows], shown.document


@pytest.mark.parametrize("outage", [NONE, HOUR])
def test_every_sender_is_a_row_and_a_document(outage: timedelta) -> None:
    """The list has all senders, with --outage too."""
    names, documents = listed(outage)

    assert names == [one["name"] for one in documents] == [*PROVIDERS]
    assert all(("verdict" in one) == bool(outage) for one in documents)


@pytest.mark.parametrize("words", [("stripe",), ("show", "stripe")])
def test_a_name_is_enough_to_show_a_sender(words: tuple[str, ...]) -> None:
    """Both spellings are used."""
    document: Any = show_providers(words, as_toml=False, outage=NONE).document

    assert document["name"] == "stripe"


def test_the_options_of_a_sender_are_a_member_of_the_document() -> None:
    """A program that asks for JSON must not get TOML."""
    shown = show_providers(("paddle",), as_toml=True, outage=NONE)

    assert shown.document == {"name": "paddle", "toml": shown.parts[0]}
    assert "verify" in str(shown.parts[0])


@pytest.mark.parametrize(
    ("words", "as_toml", "outage", "said"),
    [
        (("show",), False, NONE, "name one sender"),
        (("stripe", "github"), False, NONE, "name one sender"),
        (("stripe",), False, HOUR, "--outage is for the list"),
        ((), True, NONE, "--toml needs"),
        (("mercadopago",), False, NONE, "'mercado-pago'"),
    ],
)
def test_what_cannot_be_shown_is_wrong_usage(
    *, words: tuple[str, ...], as_toml: bool, outage: timedelta, said: str
) -> None:
    """The message names what is missing."""
    with pytest.raises(UnusableError, match=said):
        show_providers(words, as_toml=as_toml, outage=outage)
