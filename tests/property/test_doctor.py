"""The doctor over requests that nobody would think of: it never raises, and finds what was broken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.domain.request import Headers
from hookline.domain.secret import Secret
from hookline.pipeline.doctor import CAUSES, diagnose
from hookline.pipeline.doctor.json_spellings import spellings
from hookline.providers import PROVIDERS
from hookline.providers.scheme import OptionError
from unit.doctor.patients import JSON_SCHEMES, NOW, case, signed
from vectors.senders import OWN_OPTIONS

if TYPE_CHECKING:
    from hookline.domain.request import Request
    from hookline.providers.scheme import Scheme

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12)
)
DOCUMENTS = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=5,
)
SIGNATURES = [
    "sha256=00",
    "t=1767323045,v1=00",
    "v1,AAAA",
    "",
    ",",
    "v0=",
    "h1=x;ts=1767323045",
    "Bearer x.y.z",
    "\xff",
]
NAMES = st.sampled_from(
    ["stripe-signature", "x-hub-signature-256", "webhook-signature", "webhook-id", "webhook-timestamp", "host", "authorization",
     "x-forwarded-host", "paypal-transmission-sig", "x-ebay-signature", "plaid-verification", "x-signature"]
)  # fmt: skip
VALUES = st.sampled_from(SIGNATURES) | st.text(st.characters(max_codepoint=255), max_size=40)
BODIES = st.binary(max_size=80) | DOCUMENTS.map(lambda document: json.dumps(document).encode())


def every_scheme() -> dict[str, Scheme]:
    """The schemes of the catalogue."""
    found = {}
    for name, provider in PROVIDERS.items():
        options: dict[str, object] = {"public_url": "https://hooks.example.com/x"} if provider.needs_url else {}
        options |= {"header": "X-Signature"} if name in {"hmac", "public-key", "token", "jwt"} else {}
        options |= {"algorithms": ["HS256"]} if name == "jwt" else {}
        options |= OWN_OPTIONS.get(name, {})
        try:
            found[name] = provider.build(options)
        except OptionError:
            pytest.fail(f"{name} wants an option that this test does not give")
    return found


SCHEMES = every_scheme()


@settings(deadline=None, max_examples=examples(150))
@given(
    name=st.sampled_from(sorted(SCHEMES)),
    fields=st.lists(st.tuples(NAMES, VALUES), max_size=6),
    body=BODIES,
    query=st.text(max_size=10),
    secret=st.binary(max_size=40),
    called=st.none() | st.text(max_size=20),
    is_time_known=st.booleans(),
)
def test_no_request_is_too_strange(
    name: str,
    fields: list[tuple[str, str]],
    body: bytes,
    query: str,
    secret: bytes,
    called: str | None,
    *,
    is_time_known: bool,
) -> None:
    """A request that nobody understands is the very one that somebody asks about; no part of the report holds the secret."""
    patient = case(signed("stripe"), "stripe", "github")
    request = replace(
        patient.request,
        body=body,
        query=query,
        headers=Headers((key.encode(), value.encode("latin-1")) for key, value in fields),
    )
    scheme = SCHEMES[name]
    patient = replace(
        patient,
        request=request,
        source=replace(patient.source, scheme=name, verifier=scheme),
        scheme=scheme,
        secrets=[Secret(name="S", value=secret)],
        called=called,
    )

    diagnosis = diagnose(patient, is_time_known=is_time_known)

    assert diagnosis.finding is None or diagnosis.finding.cause in CAUSES


@settings(deadline=None, max_examples=examples(60))
@given(
    scheme=st.sampled_from(sorted(JSON_SCHEMES)),
    document=DOCUMENTS,
    ours=st.booleans(),
    theirs=st.sampled_from([None, 2, 4]),
    compact=st.booleans(),
)
def test_json_that_was_written_again_is_found_whatever_it_says(
    scheme: str,
    document: object,
    ours: bool,  # noqa: FBT001 -- drawn by hypothesis
    theirs: int | None,
    compact: bool,  # noqa: FBT001 -- drawn by hypothesis
) -> None:
    """One program signed its own spelling, and another program's spelling was received."""
    sent = json.dumps(document, ensure_ascii=ours, separators=(",", ":") if compact else None).encode(
        "utf-8", "surrogatepass"
    )
    came = json.dumps(document, ensure_ascii=not ours, indent=theirs).encode("utf-8", "surrogatepass")
    request = replace(signed(scheme, body=sent), body=came)

    finding = diagnose(case(request, scheme)).finding

    assert finding is not None
    assert finding.cause in ("json_rewritten" if sent != came else "nothing", "shape")


@settings(deadline=None, max_examples=examples(60))
@given(
    scheme=st.sampled_from(["stripe", "slack", "standard-webhooks", "zendesk", "paddle"]),
    body=st.binary(max_size=60),
    seconds=st.integers(301, 10**8) | st.integers(-(10**8), -301),
)
def test_a_clock_that_is_off_is_found_however_far(scheme: str, body: bytes, seconds: int) -> None:
    """Only the sender's own timestamp makes the signature fit, whatever other numbers there are."""
    request = signed(scheme, body=body)

    finding = diagnose(case(replace(request, received_at=NOW + timedelta(seconds=seconds)), scheme)).finding

    assert finding is not None
    assert finding.cause == "clock"


@settings(deadline=None, max_examples=examples(60))
@given(
    scheme=st.sampled_from(sorted(JSON_SCHEMES)),
    body=st.binary(min_size=1, max_size=60).filter(lambda body: body == body.rstrip()),
    end=st.sampled_from([b"\n", b"\r\n"]),
    lost=st.booleans(),
)
def test_an_end_of_line_is_found_whatever_the_body_is(scheme: str, body: bytes, end: bytes, lost: bool) -> None:  # noqa: FBT001 -- drawn by hypothesis
    """The end of line may have been added or lost."""
    request = _received(scheme, sent=body + end, came=body) if lost else _received(scheme, sent=body, came=body + end)

    finding = diagnose(case(request, scheme)).finding

    assert finding is not None
    assert finding.cause == "line_end"


@settings(deadline=None, max_examples=examples(100))
@given(
    document=st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
        max_leaves=12,
    )
)
def test_every_spelling_says_the_same(document: object) -> None:
    """A spelling that said something else would find a forgery to be genuine."""
    body = json.dumps(document).encode()

    for _, spelled in spellings(body):
        assert json.loads(spelled.decode("utf-8", "surrogatepass")) == json.loads(body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 50_000, b"", b"\xff", b"NaN", b"1" * 5000, b'{"a":1}' * 2])
def test_hostile_json_has_no_spellings_and_does_no_harm(body: bytes) -> None:
    """Deep nesting must not end the doctor."""
    assert all(isinstance(spelled, bytes) for _, spelled in spellings(body))


def _received(scheme: str, *, sent: bytes, came: bytes) -> Request:
    return replace(signed(scheme, body=sent), body=came)
