"""Headers that belong to the body: from hookline.toml and the catalogue into the message."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.domain.message import cloud_event
from hookline.domain.secret import Secret
from hookline.errors import ConfigError
from hookline.pipeline.receive import accept
from hookline.providers import PROVIDERS
from unit.builders import NOW, request

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "messages.md"


def sources(more: str, verify: str = 'scheme = "none"') -> str:
    """A project with one source."""
    return f'[sources.s]\nid = "content-hash"\nverify = {{ {verify} }}\n{more}\n[queues.q]\n'


def message(more: str, headers: list[tuple[str, str]]) -> dict[str, object]:
    """The message of a request with these headers."""
    config = parse(sources(more), base=Path())
    document: dict[str, object] = json.loads(cloud_event(accept(request(b"{}", headers), config.sources[0], [])))
    return document


def test_named_headers_are_in_the_message() -> None:
    """The shop is nowhere else: a consumer for several shops could not see which shop an order belongs to."""
    headers = [("X-Shop", "a.example"), ("X-Other", "b"), ("Content-Language", "de"), ("X-Name", "Zo\xc3\xab")]

    event = message('headers = ["X-Shop", "x-name"]', headers)

    assert event["headerxshop"] == "a.example"
    assert event["headerxname"] == "Zoë"
    assert event["headercontentlanguage"] == "de"
    assert "b" not in event.values()
    assert all(re.fullmatch("[a-z0-9]+|data_base64", name) for name in event)


@pytest.mark.parametrize("value", ["", "a\x01b", "a\x85", "x" * 4097])
def test_what_readers_refuse_is_left_out(value: str) -> None:
    """No header costs an event or breaks a message."""
    assert "headerxshop" not in message('headers = ["X-Shop"]', [("X-Shop", value)])


def test_a_sender_of_the_catalogue_has_its_own() -> None:
    """Shopify says only in a header whose shop it is."""
    config = parse(sources("", 'scheme = "shopify", secrets = ["S"]'), base=Path())
    headers = config.schemes["s"].sign(b"{}", secret=b"a-secret-of-shopify", delivery_id="d", at=NOW)
    call = request(b"{}", {**headers, "X-Shopify-Topic": "orders/paid", "X-Shopify-Shop-Domain": "a.myshopify.com"})

    event = accept(call, config.sources[0], [Secret(name="S", value=b"a-secret-of-shopify")])

    assert json.loads(cloud_event(event))["headerxshopifyshopdomain"] == "a.myshopify.com"


@pytest.mark.parametrize("name", ["Authorization", "cookie", "X-Shopify-Hmac-SHA256", "a b", "", 7])
def test_a_header_that_proves_the_sender_is_no_part_of_the_body(name: object) -> None:
    """A message with a signature or a token in it would hand it to every consumer."""
    with pytest.raises(ConfigError, match="headers"):
        parse(sources(f"headers = [{json.dumps(name)}]", 'scheme = "shopify", secrets = ["S"]'), base=Path())


def test_every_default_is_documented() -> None:
    """The table of the reference is the catalogue's."""
    table = DOCS.read_text("utf-8").partition("## Headers")[2].partition("## ")[0]

    for provider in PROVIDERS.values():
        assert all(f"`{name}`" in table for name in provider.headers)
