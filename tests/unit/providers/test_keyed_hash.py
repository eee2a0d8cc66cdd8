"""The keyed hash: what all its senders share, and what no sender's sample covers."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.request import Headers, Request
from hookline.providers.general.hmac import KeyedHash
from hookline.providers.primitives import ALGORITHMS, check_timestamp, mac, written_time
from unit.builders import NOW, refusal, request, secret

KEY = b"a key of some length"
PAIRS = KeyedHash(headers=("S",), signature_field="v1", timestamp_field="t", template="{timestamp}.{body}")
SECONDS = str(int(NOW.timestamp()))


def signature(signed: str) -> str:
    """HMAC-SHA256 in hex, made without the code under test."""
    return hmac.new(KEY, signed.encode(), hashlib.sha256).hexdigest()


@given(key=st.binary(max_size=200), signed=st.binary(max_size=300), algorithm=st.sampled_from([*ALGORITHMS]))
def test_the_hash_is_that_of_the_standard_library(key: bytes, signed: bytes, algorithm: str) -> None:
    """Both halves of the key are hashed ahead, which must change nothing (RFC 2104)."""
    assert mac(key, signed, algorithm) == hmac.digest(key, signed, algorithm)


@pytest.mark.parametrize(
    "value",
    [
        f"t={SECONDS},v1={{own}}",
        f"v1={{own}},t={SECONDS}",
        f"t={SECONDS},v0=aa,v1=bb,v1={{own}}",
        f"t={SECONDS}, v1={{own}}",
        f"t=1,v1=aa, t={SECONDS},v1={{own}}",
        f"t={SECONDS},v1={{own}}, t=1,v1=aa",
        f"scheme=x,t={SECONDS},v1={{own}},=,,",
    ],
)
def test_pairs_may_be_in_any_order_and_come_twice(value: str) -> None:
    """A header that came twice has two times, each with its signatures."""
    sent = request(b"{}", {"S": value.format(own=signature(f"{SECONDS}.{{}}"))})

    assert PAIRS.verify(sent, (secret(KEY),)).secret


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("v1={own}", "timestamp_missing"),
        ("t=,v1={own}", "timestamp_missing"),
        ("t=soon,v1={own}", "timestamp_invalid"),
        ("t=1,v1={own}", "timestamp_outside_tolerance"),
        (f"t={SECONDS}", "signature_mismatch"),
        (f"t={SECONDS},v0={{own}}", "signature_mismatch"),
        (f"t=1,v1=aa,t=2,v1=bb,t={SECONDS},v1={{own}}", "timestamp_outside_tolerance"),
    ],
)
def test_pairs_that_prove_nothing_are_refused(value: str, code: str) -> None:
    """Each time costs a hash of the whole body, so only two of a header are tried."""
    sent = request(b"{}", {"S": value.format(own=signature(f"{SECONDS}.{{}}"))})

    assert refusal(lambda: PAIRS.verify(sent, (secret(KEY),))) == code


@pytest.mark.parametrize("unit", ["seconds", "milliseconds", "microseconds", "rfc3339", "http-date"])
def test_what_is_written_is_read_as_the_same_moment(unit: str) -> None:
    """Senders write the time in five ways."""
    text = written_time(NOW, unit)

    assert check_timestamp(text, "header T", NOW, timedelta(seconds=1), unit) == text
    for seconds in (-3, 3):
        late = NOW + timedelta(seconds=seconds)
        refused = refusal(lambda late=late: check_timestamp(text, "header T", late, timedelta(seconds=1), unit))  # type: ignore[misc]  # bound immediately
        assert refused == "timestamp_outside_tolerance"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("1.5", "seconds"),
        ("9" * 13, "seconds"),
        ("9" * 16, "milliseconds"),
        ("-1", "milliseconds"),
        ("2026-01-02", "rfc3339"),
        ("9" * 19, "microseconds"),
        ("Fri, 02 Jan 2026 03:04:05", "http-date"),
        ("Fri, 30 Feb 2026 03:04:05 GMT", "http-date"),
        ("Fri, 02 Jux 2026 03:04:05 GMT", "http-date"),
        ("2026-02-30T03:04:05Z", "rfc3339"),
        ("2026-01-02T25:04:05Z", "rfc3339"),
        ("٢٠٢٦-01-02T03:04:05Z", "rfc3339"),
    ],
)
def test_a_time_that_cannot_be_read_is_refused(text: str, unit: str) -> None:
    """A header may contain anything, and only Rejected may be raised."""
    assert refusal(lambda: check_timestamp(text, "header T", NOW, timedelta(days=1), unit)) == "timestamp_invalid"


def test_a_time_without_an_offset_is_utc() -> None:
    """Orb writes UTC times without an offset."""
    text = "2026-01-02T03:04:05.123456"

    assert check_timestamp(text, "header T", NOW, timedelta(seconds=1), "rfc3339") == text


def test_digits_after_the_microseconds_count_for_nothing() -> None:
    """Zendesk and Twitch write nanoseconds, and hookline stores microseconds."""
    text = "2026-01-02T03:04:05.123456789Z"

    assert check_timestamp(text, "header T", NOW, timedelta(seconds=1), "rfc3339") == text


def test_the_public_url_is_signed_and_never_the_host_header() -> None:
    """The caller chooses the Host header, so it cannot prove the URL."""
    scheme = KeyedHash(headers=("S",), template="{method} {url}{body}", public_url="https://a.example/hook")
    own = signature("POST https://a.example/hook?b=1{}")
    fields = [(b"s", own.encode()), (b"host", b"evil.example")]
    sent = Request(method="POST", path="/x", query="b=1", headers=Headers(fields), body=b"{}", received_at=NOW)

    assert scheme.verify(sent, (secret(KEY),)).secret
