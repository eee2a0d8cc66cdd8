"""The spelling of a query that a sender signed, found again from decoded pairs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.pipeline.spelling import MOST_REORDERED, MOST_SPELLINGS, accept_spelled, signs_url, spellings
from vectors.spelled_urls import CASES, as_passed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hookline.domain.secret import Secret
    from hookline.domain.source import Source

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="="), max_size=8)


def form(text: str, safe: str, tilde: str) -> str:
    """A form encoding with this set of safe characters."""
    return quote_plus(text, safe=safe).replace("~", tilde)


def lower(text: str) -> str:
    """With the hex digits in lower case."""
    parts = text.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])


WRITERS: dict[str, Callable[[str], str]] = {
    "encodeURIComponent": lambda text: quote(text, safe="!'()*"),
    "rawurlencode": lambda text: quote(text, safe=""),
    "quote": quote,
    "quote_plus": quote_plus,
    "PHP urlencode": lambda text: form(text, "", "%7E"),
    "URLSearchParams": lambda text: form(text, "*", "%7E"),
    "HttpUtility.UrlEncode": lambda text: lower(form(text, "!()*", "%7E")),
    "lower-case hex": lambda text: lower(quote(text, safe="")),
    "as typed": lambda text: quote(text, safe="!$'()*,;:@/?"),
}


@pytest.mark.parametrize("writer", WRITERS)
@settings(max_examples=examples(40), deadline=None)
@given(
    pairs=st.lists(
        st.tuples(TEXT.filter(bool), TEXT.filter(bool)), min_size=1, max_size=4, unique_by=lambda pair: pair[0]
    )
)
def test_a_query_in_any_usual_way_of_writing_is_found(writer: str, pairs: list[tuple[str, str]]) -> None:
    """The signature covers the characters of the query, but the gateway passes only their meaning."""
    write = WRITERS[writer]
    query = "&".join(f"{write(name)}={write(value)}" for name, value in pairs)
    ordinary = as_passed(query)

    assert query in {ordinary, *spellings(ordinary)}


@pytest.mark.parametrize(
    "query",
    [
        *CASES,
        "flag&other",
        "a&b=1&c=",
        "who=O'Brien&next=https%3A%2F%2Fexample.com%2F%3Fa%3Db",
        "a=1&b=2&a=3&c=4&b=5",
        "b=1&a=2",
        "sum=1%2B1",
        "sig=abc==",
        "~x=~y",
        "%7Ex=%7Ey",
        "json={%22a%22:[1,2]}",
    ],
)
def test_a_query_that_a_sender_wrote_is_found(query: str) -> None:
    """Each query was once refused, or represents senders whose queries would be."""
    ordinary = as_passed(query)

    assert query in {ordinary, *spellings(ordinary)}


def blanked(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs in order, a plus sign being a blank: AWS does not document which of the two the gateway makes of it."""
    return sorted((name.replace("+", " "), value.replace("+", " ")) for name, value in pairs)


@settings(max_examples=examples(60), deadline=None)
@given(pairs=st.lists(st.tuples(TEXT, TEXT), max_size=8))
def test_every_spelling_means_the_same_and_there_is_a_bound(pairs: list[tuple[str, str]]) -> None:
    """Other fields would let another call's signature through, and many candidates would cost time."""
    ordinary = urlencode(pairs)

    found = list(spellings(ordinary))

    assert len(found) == len(set(found)) <= MOST_SPELLINGS
    assert ordinary not in found
    for query in found:
        assert blanked(parse_qsl(query, keep_blank_values=True)) == blanked(pairs)


def test_a_query_of_many_fields_costs_nothing() -> None:
    """10 KB of query hold thousands of fields, and no sender signs such a URL."""
    assert list(spellings("&".join(["n=%27"] * 4000))) == []
    assert (
        next(iter(spellings("&".join(f"n{at}=%27" for at in range(MOST_REORDERED + 1))))).count("'")
        == MOST_REORDERED + 1
    )


class Counting:
    """A scheme that signs the URL, fits one query, and counts."""

    public_url = "https://hooks.example.com/webhook/a"

    def __init__(self, query: str) -> None:
        self.query = query
        self.asked: list[str] = []

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- the scheme's shape
        """Compare the query."""
        self.asked.append(request.query)
        if request.query != self.query:
            raise Rejected("signature_mismatch", "another URL")
        return Verified()


def source(verifier: Counting, tmp_path: Path) -> Source:
    """A source with this scheme."""
    text = '[sources.a]\nverify = { scheme = "none" }\nid = "id"\n[queues.q]\n'
    return replace(parse(text, base=tmp_path).sources[0], verifier=verifier)


def request(query: str, body: bytes = b'{"id": "one"}') -> Request:
    """A call."""
    return Request(method="POST", path="/webhook/a", query=query, headers=Headers.of(), body=body, received_at=AT)


def test_an_ordinary_spelling_is_verified_once(tmp_path: Path) -> None:
    """Other spellings are tried only after a mismatch."""
    scheme = Counting("a=1")

    assert accept_spelled(request("a=1"), source(scheme, tmp_path), []).id == "a:one"
    assert scheme.asked == ["a=1"]


def test_the_spelling_that_fits_is_the_request_that_is_accepted(tmp_path: Path) -> None:
    """The steps after verification must see the query that was proved."""
    scheme = Counting("who=O'Brien")

    assert accept_spelled(request("who=O%27Brien"), source(scheme, tmp_path), []).id == "a:one"
    assert scheme.asked[-1] == "who=O'Brien"


def test_a_long_body_gets_fewer_spellings_and_a_forgery_at_most_the_bound(tmp_path: Path) -> None:
    """Each spelling hashes the body again: what a forged call costs has a bound in both."""
    query = urlencode({f"n{at}": "it's (1) ~x y/z" for at in range(MOST_REORDERED)})
    asked = []
    for size in (10, 64 * 1024, 1000 * 1024):
        scheme = Counting("nothing")
        with pytest.raises(Rejected, match="another URL"):
            accept_spelled(request(query, b'{"id": "%s"}' % (b"x" * size)), source(scheme, tmp_path), [])
        asked.append(len(scheme.asked) - 1)

    assert MOST_SPELLINGS // 2 < asked[0] <= MOST_SPELLINGS
    assert asked[1:] == [31, 2]


@pytest.mark.parametrize(
    ("written", "signs"),
    [
        ('scheme = "twilio", secrets = ["S"]', True),
        ('scheme = "square", secrets = ["S"]', True),
        ('scheme = "hubspot", secrets = ["S"]', True),
        ('scheme = "hubspot", secrets = ["S"], version = "v1"', False),
        ('scheme = "trello", secrets = ["S"]', True),
        ('scheme = "hmac", secrets = ["S"], header = "X-S"', False),
        ('scheme = "stripe", secrets = ["S"]', False),
        ('scheme = "none"', False),
    ],
)
def test_only_senders_that_sign_the_url_are_tried_again(written: str, signs: bool, tmp_path: Path) -> None:  # noqa: FBT001 -- a table of cases
    """A forgery must not cost other senders more than one verification."""
    url = 'public_url = "https://hooks.example.com/webhook/a"\n' if signs or "hubspot" in written else ""
    config = parse(f'[sources.a]\nverify = {{ {written} }}\nid = "id"\n{url}[queues.q]\n', base=tmp_path)

    assert signs_url(config.sources[0]) is signs
