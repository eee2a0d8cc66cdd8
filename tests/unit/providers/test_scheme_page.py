"""Each example of the how-to page on other schemes is what it says: a source that loads, and a request that it verifies."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hookline.cli import main
from hookline.config import parse
from hookline.config.secret_values import is_published
from hookline.domain.secret import Secret
from hookline.errors import Rejected
from hookline.pipeline.proposals import propose
from hookline.pipeline.request_file import recorded
from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.coverage import settled
from hookline.providers.provider import Proves

if TYPE_CHECKING:
    from hookline.domain.request import Request
    from hookline.domain.source import Source

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "sign-by-another-scheme.md").read_text()
SECRETS = {name: value.strip("'").encode() for name, value in re.findall(r"^\$ export (\w+)=(.*)$", PAGE, re.MULTILINE)}
BLOCKS = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = re.findall(r"^```toml\n((?:(?!```).*\n)+)```\n\n```json\n((?:(?!```).*\n)+)```$", PAGE, re.MULTILINE)
FIRST = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]

NOT_FOUND = {"{query:": "a field of the query as a part of the text"}
"""The options that the search does not try, by the text of the block."""


def loaded(block: str) -> Source:
    """The one source of a block."""
    return parse(f"{block}\n[queues.q]\n", base=Path()).sources[0]


def secrets_of(source: Source) -> list[Secret]:
    """Its secrets, as the page exports them."""
    return [Secret(name=name, value=SECRETS[name]) for name in source.secret_names]


def verifies(source: Source, request: Request) -> bool:
    """Whether the source's scheme takes the request."""
    try:
        source.verifier.verify(request, secrets_of(source))
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_block_of_the_page_loads(block: str) -> None:
    """A user copies it unchanged."""
    assert loaded(block).name == "shop"


@pytest.mark.parametrize(("block", "text"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_request_of_the_page_is_verified_by_the_block_before_it(block: str, text: str) -> None:
    """No other body or secret is verified, where the scheme covers them."""
    source, (request, _, is_time_known) = loaded(block), recorded(text.encode(), name="request.json")

    assert is_time_known
    assert verifies(source, request)
    assert not verifies(source, replace(request, headers=type(request.headers)([]), query="", body=b'{"id": "evt_1"}'))
    if settled(PROVIDERS[source.scheme], source.verifier).proves is Proves.BODY:
        assert not verifies(source, replace(request, body=request.body.replace(b"evt_1", b"evt_2")))


@pytest.mark.parametrize(("block", "text"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_search_finds_a_source_for_every_request_of_the_page(block: str, text: str) -> None:
    """The page says that each can be tried unchanged."""
    source, (request, url, _) = loaded(block), recorded(text.encode(), name="request.json")

    found = propose(request, secrets_of(source), url=url, name="shop", named=()).found

    is_tried = not any(words in block for words in NOT_FOUND)
    assert (source.scheme in {one.scheme for one in found}) == is_tried


@pytest.mark.parametrize("scheme", [name for name in GENERAL if name != "none"])
def test_every_option_of_every_general_scheme_has_an_example(scheme: str) -> None:
    """A user tries an option three times that is only described."""
    shown: set[str] = set()
    for block in BLOCKS:
        verify = tomllib.loads(block)["sources"]["shop"]["verify"]
        shown |= verify.keys() if verify["scheme"] == scheme else set()

    assert shown - {"scheme", "secrets"} == PROVIDERS[scheme].options


def test_each_setting_next_to_the_scheme_has_an_example_too() -> None:
    """Some senders need more than a signature."""
    shown = {key for block in BLOCKS for key in tomllib.loads(block)["sources"]["shop"]}

    assert {"allow_from", "answer", "handshake", "id", "type", "time", "public_url", "media_types"} <= shown


def test_what_the_page_shows_of_the_search_is_what_it_prints(tmp_path: Path) -> None:
    """Readers compare the output with the page first."""
    file = tmp_path / "request.json"
    file.write_text(FIRST)
    words = ["sources", "try", "shop", "--request", str(file), "--secret-env", "SHOP_SECRET"]

    result = CliRunner().invoke(main, words, env={"SHOP_SECRET": SECRETS["SHOP_SECRET"].decode()})

    assert result.exit_code == 0
    assert f"--secret-env SHOP_SECRET\n{result.stdout}```\n" in PAGE
    assert json.loads(FIRST)["url"].startswith("https://")


@pytest.mark.parametrize("name", [name for name in SECRETS if not name.endswith(("KEY", "JWK", "WHPK"))])
def test_no_server_takes_a_secret_of_the_page(name: str) -> None:
    """Anyone can sign with what is published."""
    assert is_published(SECRETS[name])
