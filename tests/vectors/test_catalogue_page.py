"""The page about the providers says what the catalogue says, and what it shows works."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.config import parse
from hookline.providers import PROVIDERS
from vectors.catalogue_page import PAGE, example_of, page
from vectors.senders import NAMES


def test_the_page_is_current() -> None:
    """`make catalogue` writes it anew: a sender that is added without it is one that nobody finds."""
    assert PAGE.read_text() == page()


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_every_provider_can_be_used(name: str) -> None:
    """An example is what people copy."""
    provider = PROVIDERS[name]

    config = parse(f"{example_of(provider)}\n[queues.all]\n", base=Path())

    assert config.sources[0].scheme == name


def test_every_option_of_every_provider_stands_on_the_page() -> None:
    """An option that is not documented is one that nobody can use, or that somebody misuses."""
    text = PAGE.read_text()
    options = {option for name in NAMES for option in PROVIDERS[name].options}

    assert [option for option in options if f"\n| `{option}` |" not in text] == []
