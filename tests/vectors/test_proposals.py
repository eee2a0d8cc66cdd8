"""The search for a configuration over every sender that options can describe: it finds what the catalogue says, or as much."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.errors import Rejected
from hookline.pipeline.proposals import propose
from hookline.providers import PROVIDERS
from hookline.providers.coverage import window_of
from hookline.providers.provider import Proves
from hookline.providers.scheme import SignsInside, SignsQuery
from unit.builders import NOW
from unit.providers.test_catalogue import call
from vectors.senders import NAMES, URL, VECTORS, built, secret_of, signing_secret_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.domain.source import Source
    from hookline.pipeline.proposals import Proposal
    from vectors.senders import Recorded

DATA = [name for name in NAMES if PROVIDERS[name].verify]
NOT_FOUND = {
    name: "its public keys are fetched: there is no secret to try"
    for name in DATA
    if "keys_url" in PROVIDERS[name].verify
} | {"faundit": "it signs a time of which it does not say the form, between words of its own"}
"""Senders whose way of signing the search does not try, each with the reason."""

LATER = NOW + timedelta(days=400)
SENT_LONG_AGO = timedelta(days=1000)


@cache
def proposed(name: str) -> tuple[Proposal, ...]:
    """The proposals for this sender's sample, as if its name was unknown and the request was old."""
    sent = call(name)
    old = replace(sent, received_at=sent.received_at + SENT_LONG_AGO)
    return tuple(propose(old, [Secret(name="S", value=secret_of(name))], url=URL, name="s", named=()).found)


def loaded(proposal: Proposal) -> Source:
    """The source, from the text that a user would copy."""
    return parse(f"{proposal.block}\n[queues.q]\n", base=Path()).sources[0]


def another_call(name: str) -> Request:
    """Another call of the sender: another time, another id, another body."""
    scheme, sample, secret = built(name), PROVIDERS[name].sample, signing_secret_of(name)
    assert sample
    body, headers = sample.filled("delivery-2", LATER)
    body += b"&x=2" if sample.media_type.endswith("urlencoded") else b" "
    if isinstance(scheme, SignsInside):
        body = scheme.signed_body(body, secret=secret, at=LATER)
    signed = scheme.sign(body, secret=secret, delivery_id="delivery-2", at=LATER)
    fields = [(key.encode(), value.encode("latin-1")) for key, value in (headers | signed).items()]
    query = scheme.signed_query(body, secret=secret, at=LATER) if isinstance(scheme, SignsQuery) else ""
    return Request(method="POST", path="/", query=query, headers=Headers(fields), body=body, received_at=LATER)


def takes(source: Source, sent: Request, secret: bytes) -> bool:
    """Whether the source's own scheme verifies the call."""
    try:
        source.verifier.verify(sent, [Secret(name="S", value=secret)])
    except Rejected:
        return False
    return True


def takes_the_next_call_too(name: str) -> None:
    """A block that only the tried request fits would refuse everything that comes after it."""
    sent, (best, *_) = another_call(name), proposed(name)
    source = loaded(best)
    if any("write this signature alike" in note for note in best.notes) and not takes(source, sent, secret_of(name)):
        source = loaded(replace(best, block=best.block.replace('"base64"', '"base64url"')))

    assert takes(source, sent, secret_of(name))
    assert not takes(source, sent, b"another-secret-of-some-length")
    if PROVIDERS[name].proves is Proves.BODY:
        assert not takes(source, replace(sent, body=sent.body + b" "), secret_of(name))


def is_as_strong_as_the_catalogue_s_own(name: str) -> None:
    """A weaker block would accept an overheard call again."""
    wanted, found = built(name), proposed(name)[0].verifier

    if (path := PROVIDERS[name].verify.get("timestamp_body")) and "timestamp_body" not in proposed(name)[0].options:
        assert any(
            f'timestamp_body = "{path}"' in note for note in proposed(name)[0].notes
        )  # only its sender's page says so
    else:
        assert window_of(wanted) is None or window_of(found) is not None
    assert getattr(found, "needs_url", False) == PROVIDERS[name].needs_url
    assert getattr(found, "algorithm", "") in (getattr(wanted, "algorithm", ""), "")


def says_what_is_not_signed(name: str) -> None:
    """A user who copies a block without a signed time has to know it."""
    for proposal in proposed(name) if PROVIDERS[name].proves is Proves.BODY else ():
        is_timed = window_of(proposal.verifier) is not None

        assert ("the time" in proposal.unsigned) != is_timed
        assert ("the URL" in proposal.unsigned) != getattr(proposal.verifier, "needs_url", False)
        assert "the body" not in proposal.unsigned


def test_only_senders_that_the_search_cannot_reach_are_left_out() -> None:
    """A sender that the search finds must leave the list."""
    assert NOT_FOUND.keys() <= set(DATA)
    assert [name for name in NOT_FOUND if proposed(name)] == []


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one.name)
def test_a_recorded_call_is_known_by_its_sender_s_name_or_by_options(vector: Recorded) -> None:
    """Senders' own libraries signed them, and no field says when."""
    request, url = vector.request()
    provider = PROVIDERS[vector.provider]
    secrets = [Secret(name="S", value=vector.secret.encode())]

    found = propose(replace(request, received_at=NOW), secrets, url=url, name="s").found

    names = {name for one in found for name in (one.scheme, *one.same)}
    assert vector.provider in names or provider.needs_keys or (provider.needs_url and url is None)
    if provider.verify and vector.provider not in NOT_FOUND and (url is not None or not provider.needs_url):
        assert any(one.scheme == provider.verify["scheme"] for one in found)


def is_toml_with_one_source_and_no_secret(name: str) -> None:
    """Users copy the proposal into a file that is kept with the code."""
    for proposal in proposed(name):
        table = tomllib.loads(proposal.block)

        assert [*table] == ["sources"]
        assert [*table["sources"]] == ["s"]
        assert secret_of(name).decode() not in proposal.block
        assert proposal.verifier == loaded(proposal).verifier


@pytest.mark.parametrize("name", [name for name in DATA if name not in NOT_FOUND])
@pytest.mark.parametrize(
    "promise",
    [
        takes_the_next_call_too,
        is_as_strong_as_the_catalogue_s_own,
        says_what_is_not_signed,
        is_toml_with_one_source_and_no_secret,
    ],
)
def test_the_best_proposal_for_a_sender_s_call(promise: Callable[[str], None], name: str) -> None:
    """What is promised of the proposals for every sender. They are searched for once, because a search takes a while."""
    promise(name)
