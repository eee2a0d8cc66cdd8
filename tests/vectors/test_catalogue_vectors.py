"""Calls that senders published, or that their own SDKs signed: each provider must take its own, and nothing that differs by a bit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hookline.domain.request import Headers
from hookline.providers import PROVIDERS
from vectors.senders import NAMES, PROVED_BY_KEY, VECTORS
from vectors.turned_bits import (
    A_BIT_OF_EACH_BYTE,
    NOT_SIGNED,
    fields_of,
    refuses_every_other_body,
    refuses_every_other_header,
)

if TYPE_CHECKING:
    from vectors.senders import Recorded

every_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one.name)
_KEY_OF_ANOTHER = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMtt0no6zBpqkqB9RIe0zUWQcBdFh+8LAZO"
    "XGgo5vk/cCD1LtviAVN3H342gqNAb2ZeZx2Hqn/Vwl2++40OvN1Q=="
)


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
    refuses_every_other_body(vector, A_BIT_OF_EACH_BYTE)


@every_vector
def test_no_byte_of_a_signed_header_can_be_changed(vector: Recorded) -> None:
    """Ids and times are signed too; only another spelling of the same signature is accepted."""
    refuses_every_other_header(vector, A_BIT_OF_EACH_BYTE)


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
