"""``hookline providers``: what is known of each sender, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hookline.cli import main
from hookline.providers import PROVIDERS

if TYPE_CHECKING:
    from click.testing import Result


def providers(*words: str) -> Result:
    """The command."""
    return CliRunner().invoke(main, ["providers", *words])


def test_at_least_fifty_senders_are_listed() -> None:
    """Nobody trusts a list again that left one sender out."""
    listed = json.loads(providers("--json").stdout)

    assert [one["name"] for one in listed] == list(PROVIDERS)
    assert len(listed) >= 50
    assert all(one["evidence"] in {"vector", "sdk", "documentation", "unsure"} for one in listed)


def test_the_table_has_a_line_for_each() -> None:
    """People look for a name with ``grep``."""
    lines = providers().stdout.splitlines()

    assert [line.split()[0] for line in lines[2:]] == list(PROVIDERS)


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_one_sender_is_shown_whole(name: str) -> None:
    """Both forms say the same."""
    document = json.loads(providers(name, "--json").stdout)
    text = providers(name).stdout

    assert document["name"] == name
    assert document["title"] in text
    assert document["documentation"] is None or document["documentation"] in text
    assert document["proves"] in text


def test_a_misspelt_name_is_answered_with_the_nearest_one() -> None:
    """Nobody remembers whether it was mercadopago or mercado-pago."""
    result = providers("mercadopago")

    assert result.exit_code == 2
    assert "'mercado-pago'" in result.stderr
