"""The pages about handshakes say what the catalogue does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.providers import PROVIDERS

DOCS = Path(__file__).parents[3] / "docs"
HOW_TO = (DOCS / "how-to" / "handshakes.md").read_text()
REFERENCE = (DOCS / "reference" / "verification.md").read_text().partition("\n## Handshakes\n")[2]
BLOCKS = re.findall(r"^ *```toml\n(.*?)^ *```", HOW_TO, re.MULTILINE | re.DOTALL)


def test_the_table_has_every_handshake_with_its_method_and_proof() -> None:
    """An operator needs the table to configure a proxy."""
    rows = re.findall(r"^\| (`[^|]+`) \| (GET|HEAD|OPTIONS|POST)[^|]* \| (signed|[^|]*) ", REFERENCE, re.MULTILINE)
    documented = {
        (name, method, proof.startswith("signed"))
        for names, method, proof in rows
        for name in re.findall(r"`([a-z-]+)`", names)
    }

    there = {(name, kind.method, kind.is_signed) for name, one in PROVIDERS.items() for kind in one.handshakes}

    assert documented == there


def test_options_that_name_tokens_are_documented() -> None:
    """Nobody can use an option that is not documented."""
    options = {option for provider in PROVIDERS.values() for option in provider.token_options}

    assert {option for option in options if f"`{option}`" not in REFERENCE} == set()


@pytest.mark.parametrize("block", BLOCKS)
def test_the_examples_load(block: str) -> None:
    """Users copy the examples."""
    found = parse(f"{block}\n[queues.all]\n", base=Path())

    assert all(source.handshakes for source in found.sources)


def test_every_sender_that_shakes_hands_has_its_instructions() -> None:
    """The page names each sender as people do."""
    names = {
        "meta": "Meta",
        "aws-sns": "Amazon SNS",
        "microsoft-graph": "Microsoft Graph",
        "okta": "Okta",
        "ebay": "eBay",
    }

    missing = [
        name
        for name, one in PROVIDERS.items()
        if one.handshakes and names.get(name, one.title.split()[0]) not in HOW_TO
    ]

    assert missing == []
