"""``standard-webhooks``: which requests prove themselves, and which code the others get."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.source import Verified
from hookline.providers.general.standard_webhooks import PROVIDER, StandardWebhooks
from hookline.providers.scheme import OptionError
from unit.builders import NOW, latin_1, refusal, request, secret

KEY = bytes(range(32))
WRITTEN = b"whsec_" + base64.b64encode(KEY)
OLD_KEY = bytes(range(32, 64))
OURS = (secret(WRITTEN),)
BODY = b'{"type":"payment"}'
TIMESTAMP = str(int(NOW.timestamp()))
SCHEME = StandardWebhooks()


def signature(
    key: bytes = KEY, *, delivery_id: bytes = b"msg_1", timestamp: str = TIMESTAMP, body: bytes = BODY
) -> str:
    """A v1 signature as the specification writes it, made without the code under test."""
    signed = delivery_id + b"." + timestamp.encode() + b"." + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(prefix: str = "webhook", **other: str) -> dict[str, str]:
    """The three headers, each replaced by what ``other`` says."""
    parts = {"id": "msg_1", "timestamp": TIMESTAMP, "signature": signature()} | other
    return {f"{prefix}-{name}": value for name, value in parts.items()}


def test_a_signed_request_proves_its_secret_and_its_delivery_id() -> None:
    """The signed id is the only id that a sender cannot deny, and the secret's name is what rotation is watched by."""
    verified = SCHEME.verify(request(BODY, headers()), OURS)

    assert verified == Verified(secret="A_SECRET", delivery_id="msg_1")


@pytest.mark.parametrize("prefix", ["webhook", "svix", "Webhook", "SVIX"])
def test_header_names_are_case_blind_and_may_be_svixs(prefix: str) -> None:
    """Svix's own senders write svix-…, and senders with HTTP/1.1 may use capitals."""
    assert SCHEME.verify(request(BODY, headers(prefix)), OURS).delivery_id == "msg_1"


def test_headers_of_both_names_are_never_mixed() -> None:
    """Signed parts from one set with the id of the other would let an unsigned header name the event."""
    mixed = headers() | {"svix-id": "other", "svix-timestamp": "1", "svix-signature": "v1,AAAA"}

    assert SCHEME.verify(request(BODY, mixed), OURS).delivery_id == "msg_1"
    assert refusal(lambda: SCHEME.verify(request(BODY, mixed | {"webhook-signature": ""}), OURS)) == "signature_missing"


@pytest.mark.parametrize("prefix", ["webhook", "svix"])
@pytest.mark.parametrize(
    ("part", "code"),
    [("id", "signature_missing"), ("timestamp", "timestamp_missing"), ("signature", "signature_missing")],
)
@pytest.mark.parametrize("empty", [True, False])
def test_each_missing_part_has_its_code(prefix: str, part: str, code: str, empty: bool) -> None:  # noqa: FBT001 -- a case of the table
    """A developer who integrates a sender learns which header is missing."""
    sent = headers(prefix)
    del sent[f"{prefix}-{part}"]
    if empty:
        sent[f"{prefix}-{part}"] = ""

    assert refusal(lambda: SCHEME.verify(request(BODY, sent), OURS)) == code


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_the_timestamp_may_lie_as_far_as_the_tolerance_either_way(seconds: int) -> None:
    """Senders' clocks may be early or late, and the exact limit is still accepted."""
    sent = NOW + timedelta(seconds=seconds)
    signed = headers(timestamp=str(int(sent.timestamp())), signature=signature(timestamp=str(int(sent.timestamp()))))

    assert SCHEME.verify(request(BODY, signed), OURS).secret == "A_SECRET"


@pytest.mark.parametrize("beyond", [timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=9999)])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_timestamp_beyond_the_tolerance_is_refused_either_way(beyond: timedelta, side: int) -> None:
    """A future signature would be valid for long after a theft, and a past one is a replay."""
    late = request(BODY, headers(), at=NOW + side * (timedelta(seconds=300) + beyond))

    assert refusal(lambda: SCHEME.verify(late, OURS)) == "timestamp_outside_tolerance"


def test_the_tolerance_is_the_sources_own() -> None:
    """A sender with a slow queue needs more than five minutes, and gets exactly what was configured."""
    scheme = PROVIDER.build({"tolerance": timedelta(seconds=10)})

    assert scheme.verify(request(BODY, headers(), at=NOW + timedelta(seconds=10)), OURS).secret
    late = request(BODY, headers(), at=NOW + timedelta(seconds=11))
    assert refusal(lambda: scheme.verify(late, OURS)) == "timestamp_outside_tolerance"


@pytest.mark.parametrize(
    "timestamp",
    ["soon", "-1", "+1", " 1", "1.5", "1e9", "0x1", "1_000", "¹²³", "9" * 13, "9" * 5000, "nan", "1767323045\x00"],
)
def test_a_timestamp_that_is_not_whole_seconds_is_refused(timestamp: str) -> None:
    """int() takes signs, underscores, blanks and the digits of other scripts; a signed timestamp is only ASCII digits."""
    sent = headers(timestamp=timestamp)

    assert refusal(lambda: SCHEME.verify(request(BODY, sent), OURS)) == "timestamp_invalid"


@pytest.mark.parametrize(
    "signatures",
    [
        f"{signature(OLD_KEY)} {signature()}",
        f"{signature()} {signature(OLD_KEY)}",
        f"v1a,bm90IG91cnM= {signature()}",
        f"v0,x v1, , v2 {signature()} ",
        f"{signature(OLD_KEY)}, {signature()}",
        f"{signature(OLD_KEY)},{signature()}",
        f"{signature()},{signature(OLD_KEY)}",
        f"v1a,bm90IG91cnM=,{signature()}",
    ],
)
def test_any_one_of_several_signatures_is_enough(signatures: str) -> None:
    """During a rotation the sender signs with both secrets, and proxies join repeated headers with or without a space."""
    assert SCHEME.verify(request(BODY, headers(signature=signatures)), OURS).secret == "A_SECRET"


def test_repeated_signature_headers_are_all_tried() -> None:
    """Some senders send the header once for each secret."""
    sent = [*headers(signature=signature(OLD_KEY)).items(), ("Webhook-Signature", signature())]

    assert SCHEME.verify(request(BODY, sent), OURS).secret == "A_SECRET"


def test_rotation_records_the_secret_that_fits() -> None:
    """The old secret can be deleted once no event was verified by it any more."""
    both = (
        secret(b"whsec_" + base64.b64encode(b"x" * 24), "NEW"),
        secret(base64.b64encode(OLD_KEY), "OLD"),
        secret(WRITTEN, "OLDER"),
    )

    by_old = SCHEME.verify(request(BODY, headers(signature=signature(OLD_KEY))), both)
    by_older = SCHEME.verify(request(BODY, headers()), both)

    assert (by_old.secret, by_older.secret) == ("OLD", "OLDER")


@pytest.mark.parametrize(
    "signatures",
    [
        signature(OLD_KEY),
        signature().replace("v1,", "v1a,"),
        signature().replace("v1,", "v2,"),
        signature().replace("v1,", "V1,"),
        signature().removeprefix("v1,"),
        f"x{signature()}",
        f"v1a{signature()}",
        signature().rstrip("="),
        signature() + "=",
        signature()[:-5],
        signature().swapcase(),
        "v1,",
        "v1",
        "v1,%%%",
        "v1,é",
        signature(body=b'{"type": "payment"}'),
        signature(timestamp=str(int(TIMESTAMP) - 1)),
        signature(delivery_id=b"msg_2"),
    ],
)
def test_a_signature_that_does_not_fit_is_refused(signatures: str) -> None:
    """Another version, another key, another text, or no base64: each is a mismatch and none of them an error."""
    assert refusal(lambda: SCHEME.verify(request(BODY, headers(signature=signatures)), OURS)) == "signature_mismatch"


def test_without_secrets_nothing_fits() -> None:
    """Verification refuses what it cannot prove."""
    assert refusal(lambda: SCHEME.verify(request(BODY, headers()), ())) == "signature_mismatch"


@pytest.mark.parametrize("value", [b"", b"whsec_", b"whsec_not base64", b"%%%", b"\xff\xfe"])
def test_a_useless_secret_fits_nothing(value: bytes) -> None:
    """An empty key would be known to everyone: a signature made with it proves nothing."""
    forged = headers(signature=signature(b""))

    assert refusal(lambda: SCHEME.verify(request(BODY, forged), (secret(value),))) == "signature_mismatch"


def test_an_empty_body_is_signed_like_any_other() -> None:
    """The schema decides whether a source accepts an empty body."""
    signed = headers(signature=signature(body=b""))

    assert SCHEME.verify(request(b"", signed), OURS).secret == "A_SECRET"


def test_a_delivery_id_of_any_bytes_is_signed_as_it_came() -> None:
    """Headers are bytes: an id in UTF-8 is signed in UTF-8, and no id may make decoding fail."""
    delivery_id = "Ünïcode-✓".encode() + b"\xff"
    signed = headers(id=latin_1(delivery_id), signature=signature(delivery_id=delivery_id))

    assert SCHEME.verify(request(BODY, signed), OURS).delivery_id == latin_1(delivery_id)


@given(body=st.binary(), delivery_id=st.text(st.characters(codec="latin-1"), min_size=1), key=st.binary(min_size=1))
def test_what_is_signed_verifies(body: bytes, delivery_id: str, key: bytes) -> None:
    """Tests and the command line send what a real sender would, whatever the id, the key and the body."""
    written = base64.b64encode(key)

    signed = SCHEME.sign(body, secret=written, delivery_id=delivery_id, at=NOW)
    verified = SCHEME.verify(request(body, signed), (secret(b"whsec_" + written),))

    assert verified == Verified(secret="A_SECRET", delivery_id=delivery_id)
    assert signed["webhook-signature"] == signature(key, delivery_id=delivery_id.encode("latin-1"), body=body)


def test_signing_with_a_useless_secret_makes_a_signature_that_fits_nothing() -> None:
    """`hookline send` with a broken secret is answered as a sender with one would be."""
    signed = SCHEME.sign(BODY, secret=b"%%%", delivery_id="msg_1", at=NOW)

    assert refusal(lambda: SCHEME.verify(request(BODY, signed), (secret(b"%%%"),))) == "signature_mismatch"


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (WRITTEN, None),
        (base64.b64encode(KEY), None),
        (base64.b64encode(b"x" * 16), None),
        (base64.b64encode(b"x" * 15), "has 15 bytes; at least 16 are needed"),
        (b"whsec_%%%", "is not base64, with or without whsec_ before it"),
        (b"whsec_", "is not base64, with or without whsec_ before it"),
        (b"", "is not base64, with or without whsec_ before it"),
    ],
)
def test_a_secret_that_is_no_secret_is_reported_without_its_value(value: bytes, complaint: str | None) -> None:
    """A mistake in a copied secret must be reported at start, before payments are refused."""
    assert SCHEME.secret_complaint(value) == complaint


@pytest.mark.parametrize("tolerance", [timedelta(0), timedelta(seconds=-1), 300, "5m", None])
def test_a_tolerance_that_is_no_duration_above_zero_is_refused(tolerance: object) -> None:
    """A tolerance of zero would refuse everything, and a negative one would fail only when events come."""
    with pytest.raises(OptionError, match="must be a duration above zero") as refused:
        PROVIDER.build({"tolerance": tolerance})

    assert refused.value.option == "tolerance"


def test_a_secret_may_be_written_with_its_version() -> None:
    """Supabase shows its hooks' secrets as v1,whsec_…, and people paste what they are shown."""
    scheme = PROVIDER.build({})
    signed = scheme.sign(b"{}", secret=b"whsec_MDEyMzQ1Njc4OWFiY2RlZg==", delivery_id="msg_1", at=NOW)

    verified = scheme.verify(request(b"{}", signed), (secret(b"v1,whsec_MDEyMzQ1Njc4OWFiY2RlZg=="),))

    assert verified.delivery_id == "msg_1"
    assert scheme.secret_complaint(b"v1,whsec_MDEyMzQ1Njc4OWFiY2RlZg==") is None
