"""``jwt``: a token proves its sender only by the source's own algorithm, key, audience and time, whatever it says itself."""

from __future__ import annotations

import base64
import hashlib
import json
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt as independent
from joserfc.jwk import OctKey

from effort import examples
from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.errors import ConfigError, Rejected
from hookline.pipeline.rejected import shows_secret
from hookline.providers import PROVIDERS
from hookline.providers.coverage import window_of
from hookline.providers.jwt import read_token
from hookline.providers.provider import Proves
from hookline.providers.scheme import NeedsKey, OptionError, SignsInside, SignsQuery
from hookline.providers.signing import signed_request
from unit.builders import NOW, attempt, refusal, request, secret
from unit.providers.web_tokens import (
    AT,
    KEY,
    PAIRS,
    SHARED,
    claims,
    handmade,
    jwk_of,
    pair,
    pem_of,
    private_of,
    sent,
    signed,
)

if TYPE_CHECKING:
    from hookline.domain.source import Verified
    from hookline.providers.scheme import Scheme

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


def built(*algorithms: str, **options: object) -> Scheme:
    """The scheme with these options, of HS256 where no algorithm is named."""
    return PROVIDERS["jwt"].build({"algorithms": list(algorithms) or ["HS256"], **options})


def code_of(scheme: Scheme, token: str, key: bytes = KEY, body: bytes = b"{}") -> str:
    """The code that a call with this token is refused with; "" when it is taken."""
    outcome = attempt(lambda: scheme.verify(sent(token, body), [secret(key)]))
    return outcome.code if isinstance(outcome, Rejected) else ""


@pytest.mark.parametrize("algorithm", SHARED)
def test_a_token_of_a_shared_key_is_taken(algorithm: str) -> None:
    """As an independent library signs it; any of several secrets may fit."""
    token = signed(claims(), algorithm=algorithm)

    verified = built(algorithm).verify(sent(token), [secret(b"another-key-of-some-length", "OLD"), secret(KEY, "NEW")])

    assert verified.secret == "NEW"
    assert code_of(built(algorithm), token, b"another-key-of-some-length") == "signature_mismatch"
    assert code_of(built(algorithm), token, b"") == "signature_mismatch"


@pytest.mark.parametrize("algorithm", PAIRS)
def test_a_token_of_a_key_pair_is_taken_by_its_public_key_in_either_form(algorithm: str) -> None:
    """Senders show the key as PEM or as JWK."""
    scheme, token = built(algorithm), signed(claims(), pair(algorithm), algorithm)
    jwk = json.dumps(jwk_of(algorithm)).encode()

    for public in (pem_of(algorithm), jwk):
        assert scheme.secret_complaint(public) is None
        assert scheme.verify(sent(token), [secret(pem_of(algorithm, 1), "OLD"), secret(public, "NEW")]).secret == "NEW"
        assert code_of(scheme, token[:-8] + "AAAAAAAA", public) == "signature_mismatch"
    assert code_of(scheme, token, pem_of(algorithm, 1)) == "signature_mismatch"


@pytest.mark.parametrize("algorithm", PAIRS)
@pytest.mark.parametrize("other", PAIRS)
def test_a_key_fits_only_the_algorithms_of_the_source(algorithm: str, other: str) -> None:
    """A source takes no token that is good by another algorithm, and no key of another kind or curve."""
    if algorithm == other:
        return
    token = signed(claims(), pair(other), other)

    assert code_of(built(algorithm), token, pem_of(other)) == "signature_mismatch"
    same_kind = {algorithm[:2], other[:2]} <= {"RS", "PS"}
    assert (built(algorithm).secret_complaint(pem_of(other)) is None) == same_kind


@pytest.mark.parametrize("algorithm", [*SHARED, *PAIRS])
@pytest.mark.parametrize("form", ["pem", "jwk"])
def test_what_hookline_sends_is_taken_and_read_by_another_library(algorithm: str, form: str) -> None:
    """`hookline send` takes the place of the sender, with a key pair of the operator."""
    is_shared = algorithm in SHARED
    scheme = built(algorithm, audience="us", issuer="them", body_hash={"claim": "hash"}, claims={"email": "a@b"})

    headers = scheme.sign(
        b"{}", secret=KEY if is_shared else private_of(algorithm, form=form), delivery_id="d-1", at=NOW
    )

    token = headers["Authorization"].removeprefix("Bearer ")
    assert scheme.verify(request(b"{}", headers), [secret(KEY if is_shared else pem_of(algorithm))]).secret
    read = independent.decode(token, _own(algorithm), algorithms=[algorithm])
    assert read.claims == {
        "jti": "d-1",
        "iat": AT,
        "exp": AT + 300,
        "iss": "them",
        "aud": "us",
        "email": "a@b",
        "hash": hashlib.sha256(b"{}").hexdigest(),
    }


def _own(algorithm: str) -> Any:
    return OctKey.import_key(KEY) if algorithm in SHARED else pair(algorithm)


# A token does not choose its algorithm or its key.


@pytest.mark.parametrize(
    "name", ["none", "None", "NONE", "nOnE", "", None, 0, ["HS256"], {"HS256": 1}, "HS256 ", "hs256"]
)
@pytest.mark.parametrize("signature", [b"", None])
def test_a_token_that_nobody_signed_is_refused(name: object, signature: bytes | None) -> None:
    """RFC 8725 section 2.1 describes this forgery."""
    token = handmade({"alg": name, "typ": "JWT"}, claims(), signature=signature)

    assert code_of(built(), token) == "signature_mismatch"
    assert code_of(built("RS256"), token, pem_of("RS256")) == "signature_mismatch"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA", "PS512"])
@pytest.mark.parametrize("form", ["pem", "stripped", "crlf", "jwk", "der", "base64", "base64url", "hex", "pem64"])
def test_a_public_key_is_never_taken_for_a_shared_one(algorithm: str, form: str) -> None:
    """Anyone has the public key: signing with it, by HS256, is the second oldest forgery (RFC 8725 section 2.1)."""
    pem = pem_of(algorithm)
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    key = {
        "pem": pem,
        "stripped": pem.strip(),
        "crlf": pem.replace(b"\n", b"\r\n"),
        "jwk": json.dumps(jwk_of(algorithm)).encode(),
        "der": der,
        "base64": base64.b64encode(der),
        "base64url": base64.urlsafe_b64encode(der).rstrip(b"="),
        "hex": der.hex().encode(),
        "pem64": base64.b64encode(pem),
    }[form]
    token = handmade({"alg": "HS256", "typ": "JWT"}, claims(), key)

    assert code_of(built(algorithm), token, key) == "signature_mismatch"
    assert code_of(built("HS256"), token, key) == "signature_mismatch"
    complaint = built("HS256").secret_complaint(key)
    assert complaint
    assert "public" in complaint


@pytest.mark.parametrize("encoding", ["base64", "hex"])
def test_a_public_key_in_the_encoding_of_the_option_is_no_shared_one_either(encoding: str) -> None:
    """The option decodes a key that would otherwise be recognised as public."""
    der = base64.b64decode(b"".join(pem_of("RS256").splitlines()[1:-1]))
    key = base64.b64encode(der) if encoding == "base64" else der.hex().encode()
    scheme = built("HS256", key_encoding=encoding)

    assert scheme.secret_complaint(key)
    assert code_of(scheme, handmade({"alg": "HS256"}, claims(), der), key) == "signature_mismatch"


@pytest.mark.parametrize(
    "head",
    [
        {"jku": "https://evil.example.com/jwks.json"},
        {"x5u": "https://evil.example.com/cert.pem"},
        {"kid": "../../../../dev/null"},
        {"kid": "' OR 1=1 --"},
        {"kid": "x" * 5000},
    ],
)
def test_a_key_that_the_token_names_is_not_looked_at(head: dict[str, object]) -> None:
    """With the attacker's own key set every token would be good; a key's name chooses nothing among secrets."""
    other = b"another-key-of-some-length-0123456789"

    assert code_of(built(), handmade({"alg": "HS256", **head}, claims(), other)) == "signature_mismatch"
    assert code_of(built(), handmade({"alg": "HS256", **head}, claims())) == ""


def test_a_key_that_the_token_brings_is_not_looked_at() -> None:
    """An attacker can write a public key of their own into the token's head."""
    own = {"jwk": jwk_of("RS256", 1), "x5c": ["AAAA"]}
    token = signed(claims(), pair("RS256", 1), "RS256", **own)

    assert code_of(built("RS256"), token, pem_of("RS256")) == "signature_mismatch"


@pytest.mark.parametrize("crit", [[], ["b64"], ["exp"], "exp", None, {}])
def test_critical_extensions_are_refused(crit: object) -> None:
    """RFC 7515 section 4.1.11: an unknown extension must not be ignored."""
    assert code_of(built(), handmade({"alg": "HS256", "crit": crit, "b64": False}, claims())) == "signature_mismatch"


# The times in a token.


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, ""),
        ({"iat": AT - 300, "exp": AT - 60}, ""),
        ({"iat": AT - 300, "exp": AT - 61}, "timestamp_outside_tolerance"),
        ({"iat": AT + 60, "exp": AT + 90}, ""),
        ({"iat": AT + 61, "exp": AT + 90}, "timestamp_outside_tolerance"),
        ({"nbf": AT + 60}, ""),
        ({"nbf": AT + 61}, "timestamp_outside_tolerance"),
        ({"nbf": AT - 10_000_000}, ""),
        ({"exp": AT + 3600}, ""),
        ({"exp": AT + 3601}, "timestamp_invalid"),
        ({"exp": AT + 10**12}, "timestamp_invalid"),
        ({"iat": AT - 3601, "exp": AT}, "timestamp_invalid"),
        ({"iat": None, "exp": AT + 3660}, ""),
        ({"iat": None, "exp": AT + 3661}, "timestamp_invalid"),
        ({"iat": None, "exp": AT - 61}, "timestamp_outside_tolerance"),
        ({"exp": None}, ""),
        ({"iat": AT - 3660, "exp": None}, ""),
        ({"iat": AT - 3661, "exp": None}, "timestamp_outside_tolerance"),
        ({"iat": AT + 61, "exp": None}, "timestamp_outside_tolerance"),
        ({"iat": None, "exp": None}, "timestamp_missing"),
        ({"iat": None, "exp": None, "nbf": AT}, "timestamp_missing"),
        ({"exp": AT + 0.5, "iat": AT - 0.5}, ""),
        ({"exp": str(AT + 300)}, "timestamp_invalid"),
        ({"iat": True}, "timestamp_invalid"),
        ({"nbf": [AT]}, "timestamp_invalid"),
        ({"exp": {}}, "timestamp_invalid"),
    ],
)
def test_a_token_is_good_for_its_time_and_for_no_longer_than_the_source_says(
    changed: dict[str, object], code: str
) -> None:
    """An hour by default, with a minute for clocks that differ: the edges belong to it."""
    assert code_of(built(), signed(claims(**changed))) == code


def test_lifetime_and_tolerance_are_options() -> None:
    """The tolerance applies before and after the token's time."""
    scheme = built(max_lifetime=timedelta(minutes=5), tolerance=timedelta(seconds=5))

    assert code_of(scheme, signed(claims())) == ""
    assert code_of(scheme, signed(claims(exp=AT + 301))) == "timestamp_invalid"
    assert code_of(scheme, signed(claims(iat=AT + 6, exp=AT + 9))) == "timestamp_outside_tolerance"
    assert code_of(scheme, signed(claims(iat=AT - 20, exp=AT - 6))) == "timestamp_outside_tolerance"
    assert window_of(scheme) == timedelta(minutes=5, seconds=10)


@pytest.mark.parametrize("written", ["1e999", "-1e999", "NaN", "123456789012345678901234567890"])
def test_a_time_beyond_numbers_is_refused(written: str) -> None:
    """A value that cannot be compared must not count as small enough."""
    for name in ("iat", "exp", "nbf"):
        text = json.dumps(claims(**{name: 1234567})).replace("1234567", written).encode()
        assert code_of(built(), handmade({"alg": "HS256"}, text)), name


# The audience of a token.


@pytest.mark.parametrize(
    ("stated", "is_taken"),
    [
        ("us", True),
        (["them", "us"], True),
        ("them", False),
        (["them"], False),
        ("", False),
        ([], False),
        (None, False),
        ("US", False),
        ("us ", False),
        ({"us": 1}, False),
        (7, False),
        ([["us"]], False),
        (["x"] * 16 + ["us"], False),
    ],
)
def test_a_token_for_another_audience_is_refused(stated: object, is_taken: bool) -> None:  # noqa: FBT001 -- a case of the table
    """Google signs tokens for everyone, so the token must name our audience."""
    token = signed(claims(aud=stated))

    assert (code_of(built(audience="us"), token) == "") == is_taken
    assert (code_of(built(audience=["we", "us"]), token) == "") == is_taken


@pytest.mark.parametrize("stated", ["anyone", ["a"], "", [], 7])
def test_a_token_for_an_audience_is_refused_where_the_source_names_none(stated: object) -> None:
    """RFC 7519 section 4.1.3: a receiver that is not named in it must refuse it."""
    assert code_of(built(), signed(claims(aud=stated))) == "signature_mismatch"


@pytest.mark.parametrize(
    ("stated", "is_taken"), [("them", True), ("others", False), (None, False), ("", False), (7, False)]
)
def test_a_token_by_another_issuer_is_refused(stated: object, is_taken: bool) -> None:  # noqa: FBT001 -- a case of the table
    """One key may sign for several issuers."""
    token = signed(claims(iss=stated))

    assert (code_of(built(issuer="them"), token) == "") == is_taken
    assert (code_of(built(issuer=["they", "them"]), token) == "") == is_taken


@pytest.mark.parametrize(
    ("wanted", "stated", "is_taken"),
    [
        ("a@b", "a@b", True),
        ("a@b", "a@c", False),
        ("a@b", None, False),
        ("a@b", ["a@b"], False),
        (True, True, True),
        (True, 1, False),
        (True, "true", False),
        (1, True, False),
        (1, 1, True),
        (1, 1.0, False),
        (1, "1", False),
    ],
)
def test_a_claim_has_to_be_exactly_the_one_that_is_wanted(wanted: object, stated: object, is_taken: bool) -> None:  # noqa: FBT001 -- a case of the table
    """A service account is known by its e-mail address, and only where that was verified."""
    assert (code_of(built(claims={"c": wanted}), signed(claims(c=stated))) == "") == is_taken


def test_a_claim_nested_beyond_reading_is_refused_and_nothing_breaks() -> None:
    """What a library reads it may not be able to write."""
    deep = b'{"iat": %d, "c": ' % AT + b"[" * 900 + b"]" * 900 + b"}"

    assert code_of(built(claims={"c": "x"}), handmade({"alg": "HS256"}, deep)) == "signature_mismatch"


# The digest of the body in a token.


@pytest.mark.parametrize("encoding", ["hex", "base64", "base64url"])
@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512", "sha1"])
def test_a_digest_of_the_body_ties_the_token_to_it(encoding: str, algorithm: str) -> None:
    """Without a digest an overheard token would be valid for any body."""
    body = b'{"amount": "12.50"}'
    digest = hashlib.new(algorithm, body).digest()
    written = {
        "hex": digest.hex(),
        "base64": base64.b64encode(digest).decode(),
        "base64url": base64.urlsafe_b64encode(digest).decode(),
    }[encoding]
    scheme = built(body_hash={"claim": "h", "algorithm": algorithm, "encoding": encoding})

    spellings = [written, written.rstrip("="), written.upper() if encoding == "hex" else written]
    assert {code_of(scheme, signed(claims(h=text)), body=body) for text in spellings} == {""}
    assert code_of(scheme, signed(claims(h=written)), body=body + b" ") == "signature_mismatch"
    for wrong in ("", None, written[:-4], [written], "ü", written.swapcase() if encoding != "hex" else "00"):
        assert code_of(scheme, signed(claims(h=wrong)), body=body) == "signature_mismatch"


def test_what_a_token_proves_follows_from_the_options() -> None:
    """What hookline remembers of a source depends on it."""
    whole: Any = built(body_hash={"claim": "h"})
    sender: Any = built()

    assert (whole.proves, sender.proves) == (Proves.BODY, Proves.SENDER)


# Where a token is.


PLACES: dict[str, dict[str, object]] = {
    "bearer": {"bearer": True},
    "header": {"header": ["X-A", "X-B"]},
    "prefix": {"header": "X-A", "prefix": "JWT "},
    "query": {"query": "jwt"},
    "body": {"body": "meta.jwt"},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_token_is_read_and_sent_at_its_place(place: str) -> None:
    """A token may be at each place that the scheme token has."""
    verify = ", ".join(f"{name} = {json.dumps(value)}" for name, value in PLACES[place].items())
    config = parse(
        f'[sources.s]\nid = "id"\nverify = {{ scheme = "jwt", algorithms = ["HS256"], secrets = ["S"], {verify} }}\n[queues.q]\n',
        base=Path(),
    )
    scheme = config.schemes["s"]

    call = signed_request(config.sources[0], scheme, KEY, b'{"id": 1}', delivery_id="d", at=NOW)

    assert scheme.verify(call, [secret(KEY)]).secret
    assert isinstance(scheme, SignsInside) == (place == "body")
    assert isinstance(scheme, SignsQuery) == (place == "query")
    assert refusal(lambda: scheme.verify(request(b'{"id": 1}'), [secret(KEY)])) == "signature_missing"
    assert not shows_secret(scheme)


@pytest.mark.parametrize("joint", [", ", ",", None])
@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        signed(claims(), b"another-key-of-some-length-0123456789"),
        signed(claims(exp=AT - 900, iat=AT - 960)),
    ],
)
def test_a_header_that_comes_twice_proves_by_the_one_good_token(joint: str | None, bad: str) -> None:
    """While a sender changes its key it may write two; no part of one token counts for the other, and no more than two are tried."""
    good, other = f"Bearer {signed(claims())}", f"Bearer {bad}"

    def sent_with(*values: str) -> Request:
        fields = [("Authorization", value) for value in values]
        return request(b"{}", fields if joint is None else {"Authorization": joint.join(values)})

    for values in ((good, other), (other, good), (good, good), (other, good, other)):
        assert built().verify(sent_with(*values), [secret(KEY)]).secret
    for values in ((other, other), (other, f"Bearer {bad}x", good)):
        assert isinstance(attempt(lambda values=values: built().verify(sent_with(*values), [secret(KEY)])), Rejected)  # type: ignore[misc]  # bound immediately


@pytest.mark.parametrize("change", ["case", "padding", "space", "four", "two", "junk", "long"])
def test_another_spelling_of_a_token_is_none(change: str) -> None:
    """Base64url has one spelling of a token; a second would be a second call."""
    token = signed(claims())
    spelled = {
        "case": token.swapcase(),
        "padding": token + "=",
        "space": token.replace(".", ". ", 1),
        "four": token + ".",
        "two": token.rpartition(".")[0],
        "junk": token[:-1] + "\u00fc",
        "long": token + "A" * 20_000,
    }[change]

    assert code_of(built(), spelled) == "signature_mismatch"


def test_no_character_of_a_token_can_be_changed() -> None:
    """Head, claims and signature are covered as they are written."""
    token = signed(claims())

    for index, character in enumerate(token):
        other = "A" if character != "A" else "B"
        changed = token[:index] + other + token[index + 1 :]
        assert code_of(built(), changed), index


# Keys that a source must refuse.


@pytest.mark.parametrize(
    "members",
    [
        {"alg": "PS256"},
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"kty": "EC"},
        {"n": ""},
        {"e": "*"},
        {"kid": 7},
    ],
)
def test_a_jwk_that_says_it_is_for_something_else_fits_nothing(members: dict[str, object]) -> None:
    """RFC 7517 section 4: a key for encryption must not prove a signature."""
    token = signed(claims(), pair("RS256"), "RS256")
    good, bad = json.dumps(jwk_of("RS256")).encode(), json.dumps(jwk_of("RS256") | members).encode()

    assert code_of(built("RS256"), token, good) == ""
    assert code_of(built("RS256"), token, bad) == "signature_mismatch"
    assert built("RS256").secret_complaint(bad)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"no key",
        b"{",
        b"{}",
        b"[]",
        b'{"kty": 1}',
        b'{"kty": "oct", "k": "AAAA"}',
        b'{"keys": 1}',
        b'{"keys": [1, {}]}',
        b'{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}',
        b'{"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}',
        b'{"kty": "OKP", "crv": "Ed448", "x": "AA"}',
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        b"[" * 9999,
        b'{"a":' * 9999,
        b"\xff\xfe",
    ],
)
def test_what_is_no_public_key_fits_nothing_and_is_reported(value: bytes) -> None:
    """It is reported at the start, by its name; and nothing breaks if it is used anyway."""
    scheme = built("RS256", "ES256", "EdDSA")

    assert scheme.secret_complaint(value)
    assert code_of(scheme, signed(claims(), pair("RS256"), "RS256"), value) == "signature_mismatch"


def test_a_private_key_is_refused_as_a_secret() -> None:
    """A private key belongs to the sender only."""
    for form in ("pem", "jwk"):
        assert "private" in (built("RS256").secret_complaint(private_of("RS256", form=form)) or "")


def test_a_short_rsa_key_is_refused() -> None:
    """RFC 7518 section 3.3 requires 2048 bits or more."""
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 -- what is refused
    public = short.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = handmade({"alg": "RS256"}, claims()).rpartition(".")[0]
    signature = short.sign(unsigned.encode(), padding.PKCS1v15(), SHA256())
    token = f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    assert code_of(built("RS256"), token, public) == "signature_mismatch"
    assert built("RS256").secret_complaint(public)


@pytest.mark.parametrize(
    ("encoding", "written"), [("utf8", KEY), ("hex", KEY.hex().encode()), ("base64", base64.b64encode(KEY))]
)
def test_a_shared_key_is_decoded_as_the_option_says(encoding: str, written: bytes) -> None:
    """Senders show the same bytes in different ways."""
    scheme = built(key_encoding=encoding)

    assert code_of(scheme, signed(claims()), written) == ""
    assert scheme.secret_complaint(written) is None
    assert scheme.secret_complaint(b"short")
    assert scheme.verify(
        request(b"{}", scheme.sign(b"{}", secret=written, delivery_id="d", at=NOW)), [secret(written)]
    ).secret


# Options.


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"algorithms": None}, "algorithms"),
        ({"algorithms": []}, "algorithms"),
        ({"algorithms": "RS256"}, "algorithms"),
        ({"algorithms": ["none"]}, "algorithms"),
        ({"algorithms": ["HS256", "none"]}, "algorithms"),
        ({"algorithms": ["RS1"]}, "algorithms"),
        ({"algorithms": ["ES256K"]}, "algorithms"),
        ({"algorithms": ["rs256"]}, "algorithms"),
        ({"algorithms": [1]}, "algorithms"),
        ({"algorithms": ["HS256", "RS256"]}, "algorithms"),
        ({"algorithms": ["EdDSA", "HS512"]}, "algorithms"),
        ({"algorithms": ["HS256"], "keys_url": "https://idp.example.com/jwks"}, "keys_url"),
        ({"algorithms": ["RS256"], "key_encoding": "utf8"}, "key_encoding"),
        ({"key_encoding": "rot13"}, "key_encoding"),
        ({"audience": 7}, "audience"),
        ({"audience": []}, "audience"),
        ({"audience": ""}, "audience"),
        ({"audience": ["a", 1]}, "audience"),
        ({"issuer": {}}, "issuer"),
        ({"claims": []}, "claims"),
        ({"claims": {"a": [1]}}, "claims"),
        ({"claims": {"a": 1.5}}, "claims"),
        ({"claims": {"aud": "x"}}, "claims"),
        ({"claims": {"exp": 1}}, "claims"),
        ({"body_hash": "sha256"}, "body_hash"),
        ({"body_hash": {}}, "body_hash"),
        ({"body_hash": {"claim": ""}}, "body_hash"),
        ({"body_hash": {"claim": "h", "algorithm": "md5"}}, "body_hash"),
        ({"body_hash": {"claim": "h", "algorithm": ["sha256"]}}, "body_hash"),
        ({"body_hash": {"claim": "h", "encoding": "base32"}}, "body_hash"),
        ({"body_hash": {"claim": "h", "header": "X"}}, "body_hash"),
        ({"body_hash": {"claim": "h"}, "body": "jwt"}, "body_hash"),
        ({"max_lifetime": 3600}, "max_lifetime"),
        ({"max_lifetime": timedelta(0)}, "max_lifetime"),
        ({"tolerance": "5m"}, "tolerance"),
        ({"header": "A", "query": "b"}, "query"),
        ({"prefix": "JWT "}, "prefix"),
        ({"algorithms": ["RS256"], "keys_url": "https://idp.example.com/jwks"}, "audience"),
        *[
            ({"algorithms": ["RS256"], "audience": "a", "keys_url": url}, "keys_url")
            for url in (
                7,
                "",
                "idp.example.com/jwks",
                "http://idp.example.com/jwks",
                "https://",
                "https:///jwks",
                "https://user@idp.example.com/jwks",
                "https://user:pw@idp.example.com/jwks",
                "https://idp.example.com/jwks#a",
                "https://idp.example.com:0/jwks",
                "https://idp.example.com:99999/jwks",
                "https://idp.example.com/a b",
                "https://idp.example.com/\n",
                "https://idp.example.com/\u00fc",
                "https://localhost/jwks",
                "https://jwks.localhost/jwks",
                "https://127.0.0.1/jwks",
                "https://10.0.0.1/jwks",
                "https://192.168.1.1/jwks",
                "https://169.254.169.254/latest/meta-data",
                "https://[::1]/jwks",
                "https://[fe80::1]/jwks",
                "https://[2606:4700::1111]/jwks",
                "https://idp.example.com/" + "a" * 2048,
            )
        ],
    ],
)
def test_an_option_that_would_open_a_door_or_means_nothing_is_refused(options: dict[str, object], option: str) -> None:
    """The configuration is refused, and the complaint names the key."""
    with pytest.raises(OptionError) as refused:
        PROVIDERS["jwt"].build({"algorithms": ["HS256"], **options})

    assert refused.value.option == option


def test_every_option_is_one_that_is_tried_here() -> None:
    """Nobody has tried an option without a test."""
    tried = set(Path(__file__).read_text().replace('"', " ").replace("=", " ").split())

    assert PROVIDERS["jwt"].options <= {word.strip("{}(),:") for word in tried}


CONFIGURED = '[sources.s]\nid = "id"\nverify = {{ scheme = "jwt", {} }}\n[queues.q]\n'


def test_the_options_are_read_from_the_file() -> None:
    """The file writes durations as text and tables as tables."""
    text = CONFIGURED.format(
        'algorithms = ["HS256"], secrets = ["S"], max_lifetime = "10m", tolerance = "10s", audience = ["a", "b"], issuer = "i", '
        'claims = { email = "x", verified = true }, body_hash = { claim = "h", encoding = "base64" }'
    )
    scheme: Any = parse(text, base=Path()).schemes["s"]

    assert (scheme.max_lifetime, scheme.tolerance) == (timedelta(minutes=10), timedelta(seconds=10))
    assert (scheme.audiences, scheme.issuers) == (("a", "b"), ("i",))
    assert dict(scheme.claims) == {"email": "x", "verified": True}
    assert (scheme.body_hash.claim, scheme.body_hash.encoding) == ("h", "base64")


@pytest.mark.parametrize(
    ("verify", "where"),
    [
        ('algorithms = ["HS256"]', "secrets"),
        ('algorithms = ["HS256"], secrets = ["S"], max_lifetime = "2d"', "max_lifetime"),
        ('algorithms = ["HS256"], secrets = ["S"], max_lifetime = 60', "max_lifetime"),
        ('algorithms = ["HS256"], secrets = ["S"], tolerance = "0s"', "tolerance"),
        (
            'algorithms = ["RS256"], secrets = ["S"], keys_url = "https://idp.example.com/jwks", audience = "a"',
            "secrets",
        ),
        ('algorithms = ["HS256", "RS256"], secrets = ["S"]', "algorithms"),
        ('algorithms = ["RS256"], keys_url = "https://10.1.2.3/jwks", audience = "a"', "keys_url"),
        ('secrets = ["S"]', "algorithms"),
    ],
)
def test_what_is_wrong_in_the_file_is_a_complaint_at_its_key(verify: str, where: str) -> None:
    """The server does not start, and the complaint names the line."""
    with pytest.raises(ConfigError) as caught:
        parse(CONFIGURED.format(verify), base=Path())

    assert f"sources.s.verify.{where}" in str(caught.value)


def test_a_source_with_a_url_of_keys_needs_no_secret_and_a_key() -> None:
    """No call is accepted without a key."""
    config = parse(
        CONFIGURED.format('algorithms = ["RS256"], keys_url = "https://idp.example.com/jwks", audience = "a"'),
        base=Path(),
    )

    assert config.secret_names == ()
    assert isinstance(config.schemes["s"], NeedsKey)
    assert not isinstance(built("RS256"), NeedsKey)


# Hostile tokens.


words = st.text(max_size=12) | st.sampled_from(["HS256", "RS256", "none", "a", "us"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
heads = st.dictionaries(st.sampled_from(["alg", "kid", "crit", "typ", "jwk"]), values, max_size=4)
said = st.dictionaries(st.sampled_from(["iat", "exp", "nbf", "iss", "aud", "c", "h"]), values, max_size=6)
pieces = st.binary(max_size=30) | st.text(max_size=30).map(str.encode)
SCHEMES = {
    "shared": built(audience="us", issuer="them", claims={"c": "x"}, body_hash={"claim": "h"}),
    "pair": built("RS256", "ES256", audience="us", claims={"c": 1}),
    "fetched": built("RS256", "EdDSA", audience="us", keys_url="https://idp.example.com/jwks"),
}


@pytest.mark.parametrize("name", SCHEMES)
@settings(max_examples=examples(200))
@given(
    head=heads,
    say=said | st.just(claims(aud="us")),
    raw=st.lists(pieces, min_size=1, max_size=4),
    is_raw=st.booleans(),
    key=pieces,
)
def test_no_rubbish_raises_anything_but_rejected(
    name: str, head: dict[str, object], say: dict[str, Any], raw: list[bytes], key: bytes, *, is_raw: bool
) -> None:
    """Outside input that raises anything else is a 503 that the sender repeats for days."""
    scheme: Any = SCHEMES[name]
    token = b".".join(raw) if is_raw else handmade({"alg": "RS256", **head}, say, KEY).encode()
    headers = Headers([(b"authorization", b"Bearer " + token)])
    call = Request(method="POST", path="/", headers=headers, body=b"{}", received_at=NOW)

    outcome = attempt(lambda: _verified(scheme, call, key))

    assert isinstance(outcome, Rejected)


def _verified(scheme: Any, call: Request, key: bytes) -> Verified:
    if isinstance(scheme, NeedsKey):
        scheme.check_before_key(call)
        assert scheme.wanted_key(call).place == "https://idp.example.com/jwks"
        scheme = scheme.with_key(key or b"no key")
    verified: Verified = scheme.verify(call, [secret(key), secret(pem_of("RS256"))])
    return verified


@pytest.mark.parametrize("name", SCHEMES)
def test_a_good_token_gets_through_where_rubbish_does_not(name: str) -> None:
    """A test whose calls are all refused would prove nothing."""
    scheme: Any = SCHEMES[name]
    good = claims(aud="us", iss="them", c=1 if name == "pair" else "x", h=hashlib.sha256(b"{}").hexdigest())
    token = signed(good) if name == "shared" else signed(good, pair("RS256"), "RS256")
    if name == "fetched":
        scheme = replace(scheme, key=pem_of("RS256"))

    assert scheme.verify(sent(token), [secret(KEY if name == "shared" else pem_of("RS256"))]) is not None


def test_a_text_that_is_far_too_long_is_not_taken_apart() -> None:
    """The text may have many megabytes, and the list of its parts would take eight times as much."""
    text = "." * 4_000_000

    tracemalloc.start()
    try:
        code = refusal(lambda: read_token(text, "the body"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert code == "signature_mismatch"
    assert peak < len(text)


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1])
def test_a_claim_that_no_token_can_have_is_complained_of(number: int) -> None:
    """Otherwise each call would fail, and only then would an operator see it."""
    with pytest.raises(OptionError, match="64 bits"):
        built(claims={"tenant": number})

    assert code_of(built(claims={"tenant": 2**64 - 1}), signed(claims(tenant=2**64 - 1))) == ""
