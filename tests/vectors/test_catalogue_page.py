"""The page about the providers says what the catalogue says, and what it shows works."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.domain.source import SuccessAnswer
from hookline.providers import PROVIDERS
from hookline.providers.provider import Evidence, Provider, Sample
from vectors.catalogue_page import PAGE, example_of, page
from vectors.senders import NAMES


def test_the_page_is_current() -> None:
    """`make catalogue` writes it again: nobody finds a sender that was added without it."""
    assert PAGE.read_text() == page()


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_every_provider_can_be_used(name: str) -> None:
    """Users copy the examples."""
    provider = PROVIDERS[name]

    config = parse(f"{example_of(provider)}\n[queues.all]\n", base=Path())

    assert config.sources[0].scheme == name


def test_every_option_of_every_provider_is_on_the_page() -> None:
    """Nobody can use an undocumented option, and somebody may misuse it."""
    text = PAGE.read_text()
    options = {option for name in NAMES for option in PROVIDERS[name].options}

    assert [option for option in options if f"\n| `{option}` |" not in text] == []


def test_the_entry_that_the_how_to_shows_signs_as_it_says() -> None:
    """Users copy it to add a sender, and a renamed option would raise a TypeError there."""
    how_to = (PAGE.parents[1] / "how-to" / "add-a-provider.md").read_text()
    (written,) = re.findall(r"```python\n(Provider\(.*?)```", how_to, re.DOTALL)
    known = {one.__name__: one for one in (Evidence, Provider, Sample, SuccessAnswer)}

    entry = eval(written, known)  # noqa: S307 -- our own documentation

    headers = entry.build({}).sign(b"{}", secret=b"a secret", delivery_id="evt_1", at=datetime(2026, 1, 2, tzinfo=UTC))
    assert re.fullmatch(r"t=\d+,v1=[0-9a-f]{64}", headers["Acme-Signature"])
