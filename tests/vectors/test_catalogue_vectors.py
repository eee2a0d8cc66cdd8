"""Calls that senders published, or that their own SDKs signed: each provider must take its own, and nothing that differs by a bit."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest

from hookline.domain.request import Headers
from hookline.providers import PROVIDERS
from hookline.providers.provider import Proves
from vectors.senders import NAMES, PROVED_BY_KEY, VECTORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vectors.senders import Recorded

    Changes = Callable[[bytes], Iterator[bytes]]

every_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one.name)
NOT_SIGNED = {
    "content-type",
    "x-adobe-digital-signature-2",
    "x-adobe-event-id",
    "x-adobe-public-key2-path",
    "x-amz-sns-message-id",
    "x-amz-sns-topic-arn",
    "x-hubspot-signature-version",
}
_KEY_OF_ANOTHER = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMtt0no6zBpqkqB9RIe0zUWQcBdFh+8LAZO"
    "XGgo5vk/cCD1LtviAVN3H342gqNAb2ZeZx2Hqn/Vwl2++40OvN1Q=="
)
PASSED_OVER = {"paddle": b"h1=dummy;", "paymongo": b"te=,", "paymongo-test": b",li="}
"""A second signature of another key, or the field of the other mode: in both cases the first one counts."""
NOT_SIGNED_FIELDS = {"infisical": (b";", 1), "keygen": (b",", 1), "openphone": (b";", 2)}
"""How many fields before the signature are not signed, and their separator: a version, a key's name, a time that the body has too."""


def flipped(content: bytes) -> Iterator[bytes]:
    """The content with one bit of each of its bytes turned over, one byte at a time. test_every_bit.py turns the others."""
    for index in range(len(content)):
        copy = bytearray(content)
        copy[index] ^= 1 << index % 8
        yield bytes(copy)


def fields_of(vector: Recorded) -> list[tuple[bytes, bytes]]:
    """The headers as they are on the wire, without those that carry no information."""
    request, _ = vector.request()
    fields = [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()]
    return [(name, value.replace(PASSED_OVER.get(vector.scheme, b"\0"), b"")) for name, value in fields]


def test_every_provider_has_a_call_that_hookline_did_not_sign() -> None:
    """A scheme that only its own signatures fit may be wrong twice in the same way."""
    assert {vector.provider for vector in VECTORS} >= set(NAMES)
    assert all(vector.source for vector in VECTORS)


@every_vector
def test_what_the_sender_signed_verifies(vector: Recorded) -> None:
    """Only the sender's own signature proves that the scheme is right."""
    assert vector.verified().secret == ("THEIRS" if vector.provider not in PROVED_BY_KEY else None)


@every_vector
def test_no_byte_of_the_body_can_be_changed(vector: Recorded) -> None:
    """One changed bit may change an amount. The catalogue names what is not signed."""
    refuses_every_other_body(vector, flipped)


def refuses_every_other_body(vector: Recorded, changes: Changes) -> None:
    """A changed body is refused, except where its sender signs none; a form that only is spelled in another way may pass."""
    request, _ = vector.request()

    passed = [body for body in changes(request.body) if not vector.refuses(replace(request, body=body))]

    if vector.document.get("form"):
        assert {content(body) for body in passed} <= {content(request.body)}
    else:
        assert (passed == []) == (PROVIDERS[vector.provider].proves in {Proves.BODY, Proves.CHECKSUM})


def content(form: bytes) -> tuple[tuple[str, str], ...]:
    """The spelling of a form: %2b and %2B are two spellings of one text."""
    return tuple(parse_qsl(form.decode("latin-1"), keep_blank_values=True))


@every_vector
def test_no_byte_of_a_signed_header_can_be_changed(vector: Recorded) -> None:
    """Ids and times are signed too; only another spelling of the same signature is accepted."""
    refuses_every_other_header(vector, flipped)


def refuses_every_other_header(vector: Recorded, changes: Changes) -> None:
    """A changed header is refused, unless nobody signs it, or it means the same."""
    request, _ = vector.request()
    fields = fields_of(vector)
    for index, (name, value) in enumerate(fields):
        if name.decode() in NOT_SIGNED:
            continue
        for other in changes(value):
            if other.lower() == value.lower() and is_hex_in(value, other):
                continue
            if says_the_same(vector.provider, value, other):
                continue
            changed = [*fields[:index], (name, other), *fields[index + 1 :]]
            assert vector.refuses(replace(request, headers=Headers(changed))), (name, other)


def says_the_same(provider: str, value: bytes, other: bytes) -> bool:
    """Whether only what nobody signs differs.

    That is the case of a scheme (RFC 9110 section 11.1), the name of a version or a key, and what eBay's own SDKs do not read.
    """
    if provider in NOT_SIGNED_FIELDS:
        separator, fields = NOT_SIGNED_FIELDS[provider]
        return other.endswith(separator.join(value.split(separator)[fields:]))  # a bit may make a separator before it
    scheme, space, rest = value.partition(b" ")
    if space and scheme.lower() in {b"basic", b"bearer", b"jwt"}:
        return other.partition(b" ")[0].lower() == scheme.lower() and other.partition(b" ")[2] == rest
    if provider != "ebay":
        return False
    try:
        found, own = (json.loads(base64.b64decode(one)) for one in (other, value))
    except ValueError:
        return False
    return isinstance(found, dict) and all(found.get(name) == own[name] for name in ("kid", "signature"))


def is_hex_in(value: bytes, other: bytes) -> bool:
    """Whether the difference is the case of a hex digit, which has no meaning."""
    return all(left == right or chr(left) in "abcdefABCDEF" for left, right in zip(value, other, strict=True))


@every_vector
def test_a_missing_header_is_refused(vector: Recorded) -> None:
    """Verification refuses what it cannot prove."""
    request, _ = vector.request()
    signed = [field for field in fields_of(vector) if field[0].decode() not in NOT_SIGNED]

    for missing in signed:
        rest = [field for field in signed if field != missing]
        assert vector.refuses(replace(request, headers=Headers(rest))), missing


@every_vector
def test_a_secret_that_is_not_theirs_fits_nothing(vector: Recorded) -> None:
    """A secret proves only its own sender."""
    if vector.provider in PROVED_BY_KEY:
        key = {"key": _KEY_OF_ANOTHER}
        assert replace(vector, document=vector.document | key).refuses()
        return
    for other in {one.secret for one in VECTORS} - {vector.secret}:
        assert vector.refuses(secret=other.encode())
    for useless in (b"", b"\xff", b"whsec_", b"|", vector.secret.encode() + b"BBBB"):
        assert vector.refuses(secret=useless)


@every_vector
def test_neither_case_nor_order_of_headers_means_anything(vector: Recorded) -> None:
    """Protocols and proxies change the case and the order of headers (RFC 9110 section 5.3)."""
    request, _ = vector.request()
    for case in (str.upper, str.title, str.swapcase):
        fields = [(case(name.decode()).encode(), value) for name, value in reversed(fields_of(vector))]

        assert not vector.refuses(replace(request, headers=Headers(fields))), case


@every_vector
def test_a_signed_time_expires(vector: Recorded) -> None:
    """An overheard call is useless later, where the sender signs the time."""
    request, _ = vector.request()
    moved = [replace(request, received_at=vector.at.replace(year=vector.at.year + years)) for years in (-1, 1)]

    assert [vector.refuses(late) for late in moved] == [vector.now is not None] * 2


WITHOUT_HOST = {"contentful", "jira-connect"}
"""The senders that sign the path and the query of the URL: their secret belongs to one installation."""


@pytest.mark.parametrize(
    "vector",
    [one for one in VECTORS if PROVIDERS[one.provider].needs_url and one.document["url"]],
    ids=lambda one: one.name,
)
def test_no_letter_of_a_signed_url_can_be_changed(vector: Recorded) -> None:
    """A signature for one address must not open another."""
    request, url = vector.request()
    assert url

    first = url.index("/", len("https://")) if vector.provider in WITHOUT_HOST else len("https://")
    for index in range(first, len(url)):
        other = url[:index] + chr(ord(url[index]) ^ 1) + url[index + 1 :]
        assert vector.refuses(url=other), other
    assert vector.refuses(replace(request, query=request.query + "&more=1"))
