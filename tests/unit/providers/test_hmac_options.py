"""``hmac``: every spelling that its options describe, and every option that describes none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import string
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.source import Verified
from hookline.providers.general.hmac import PROVIDER, KeyedHash
from hookline.providers.scheme import OptionError
from unit.builders import NOW, latin_1, refusal, request, secret

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = b"a key of some length"
BODY = b'{"amount": 1.10}'
OURS = (secret(KEY),)
TIMESTAMP = str(int(NOW.timestamp()))
ENCODE: dict[str, Callable[[bytes], str]] = {
    "hex": lambda mac: mac.hex(),
    "base64": lambda mac: base64.b64encode(mac).decode(),
    "base64url": lambda mac: base64.urlsafe_b64encode(mac).decode(),
}
WRITE_SECRET: dict[str, Callable[[bytes], bytes]] = {
    "utf8": lambda key: key,
    "hex": lambda key: key.hex().encode(),
    "base64": base64.b64encode,
}
TEMPLATES = (None, "{timestamp}.{body}", "v0:{timestamp}:{body}", "{body}{timestamp}", "{timestamp}{body}{timestamp}")


def scheme(**options: object) -> KeyedHash:
    """The scheme with its signature in X-Signature."""
    built = PROVIDER.build({"header": "X-Signature"} | options)
    assert isinstance(built, KeyedHash)
    return built


def plain(body: bytes = BODY, key: bytes = KEY) -> str:
    """HMAC-SHA256 in hex, made without the code under test."""
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def verify(value: str, body: bytes = BODY, **options: object) -> Verified:
    """What the scheme says about ``value`` in its header."""
    return scheme(**options).verify(request(body, {"x-signature": value}), OURS)


@pytest.mark.parametrize(
    ("algorithm", "encoding", "prefix", "template", "secret_encoding"),
    list(product(("sha1", "sha256", "sha512"), ENCODE, ("", "sha256="), TEMPLATES, WRITE_SECRET)),
)
def test_every_spelling_verifies_what_its_sender_signs(
    algorithm: str, encoding: str, prefix: str, template: str | None, secret_encoding: str
) -> None:
    """Options replace code for most senders, so that each combination has to be what it says; the MAC here is made by hand."""
    with_timestamp = {"timestamp_header": "X-Timestamp", "template": template} if template else {}
    sender = scheme(
        algorithm=algorithm, encoding=encoding, prefix=prefix, secret_encoding=secret_encoding, **with_timestamp
    )
    signed = (template or "{body}").replace("{timestamp}", TIMESTAMP).encode().replace(b"{body}", BODY)
    value = prefix + ENCODE[encoding](hmac.digest(KEY, signed, algorithm))
    written = WRITE_SECRET[secret_encoding](KEY)

    sent = request(BODY, {"x-signature": value, "x-timestamp": TIMESTAMP})
    tampered = request(BODY + b" ", {"x-signature": value, "x-timestamp": TIMESTAMP})
    own = sender.sign(BODY, secret=written, delivery_id="", at=NOW)

    assert sender.verify(sent, (secret(written),)) == Verified(secret="A_SECRET")
    assert refusal(lambda: sender.verify(tampered, (secret(written),))) == "signature_mismatch"
    assert own["X-Signature"].rstrip("=") == value.rstrip("=")
    assert own.get("X-Timestamp") == (TIMESTAMP if template else None)


printable = st.text(string.ascii_letters + string.digits + string.punctuation + " ", max_size=12)


def usable(options: dict[str, str]) -> bool:
    """Whether the options describe a sender."""
    try:
        PROVIDER.build(options)
    except OptionError:
        return False
    return True


spellings: st.SearchStrategy[dict[str, str]] = st.fixed_dictionaries(
    {"header": st.just("X-Signature")},
    optional={
        "algorithm": st.sampled_from(["sha1", "sha256", "sha512"]),
        "encoding": st.sampled_from(sorted(ENCODE)),
        "prefix": printable,
        "template": st.builds("{}{{body}}{}".format, printable, printable)
        | st.builds("{}{{timestamp}}{}{{body}}{}".format, printable, printable, printable),
        "timestamp_header": st.sampled_from(["X-Timestamp", "x-signature"]),
    },
).filter(usable)


@given(options=spellings, body=st.binary(), key=st.binary(min_size=1))
def test_whatever_the_options_what_is_signed_verifies(options: dict[str, str], body: bytes, key: bytes) -> None:
    """Options that are accepted at load describe a sender whose requests can fit; all others are reported at load."""
    sender = PROVIDER.build(options)

    signed = sender.sign(body, secret=key, delivery_id="ignored", at=NOW)

    assert sender.verify(request(body, signed), (secret(key),)) == Verified(secret="A_SECRET")


@pytest.mark.parametrize("template", ["{body}{", "{body}{header:", "{timestamp}{body}{"])
def test_a_brace_that_opens_no_placeholder_is_signed_unchanged(template: str) -> None:
    """It was taken for the name of a header that no request has, so that every genuine call was refused."""
    time = {"timestamp_header": "X-Time"} if "{timestamp}" in template else {}
    sender = PROVIDER.build({"header": "X-Signature", "template": template, **time})

    signed = sender.sign(BODY, secret=KEY, delivery_id="ignored", at=NOW)

    assert sender.verify(request(BODY, signed), (secret(KEY),)) == Verified(secret="A_SECRET")


def test_signing_with_a_secret_that_cannot_be_read_makes_a_signature_that_fits_nothing() -> None:
    """`hookline send` with a broken secret is answered as a sender with one would be."""
    sender = scheme(secret_encoding="hex")
    signed = sender.sign(BODY, secret=b"not hex", delivery_id="", at=NOW)

    assert refusal(lambda: sender.verify(request(BODY, signed), (secret(b"not hex"),))) == "signature_mismatch"


def test_hex_may_be_written_in_upper_case() -> None:
    """The case of hex digits means nothing, and some senders write capitals."""
    assert verify(plain().upper()).secret == "A_SECRET"
    assert verify("sha256=" + plain().upper(), prefix="sha256=").secret == "A_SECRET"


@pytest.mark.parametrize("encoding", ["base64", "base64url"])
def test_base64_may_come_without_its_padding(encoding: str) -> None:
    """The padding means nothing, and some senders omit it."""
    value = ENCODE[encoding](hmac.digest(KEY, BODY, "sha256"))

    assert value.endswith("=")
    assert verify(value, encoding=encoding) == verify(value.rstrip("="), encoding=encoding)


@pytest.mark.parametrize("encoding", ["base64", "base64url"])
def test_the_case_of_base64_means_something(encoding: str) -> None:
    """A comparison without case would also accept other signatures."""
    value = ENCODE[encoding](hmac.digest(KEY, BODY, "sha256"))

    assert refusal(lambda: verify(value.swapcase(), encoding=encoding)) == "signature_mismatch"


@pytest.mark.parametrize(
    "value",
    [
        f"v1={plain()}",
        f"v1={plain(key=b'old')},v1={plain()}",
        f"v1={plain()} ,\tv1={plain(key=b'old')}",
        f"v2=other, v1={plain()}",
        f",,v1={plain()},",
    ],
)
def test_any_one_of_several_signatures_is_enough(value: str) -> None:
    """PagerDuty, Mollie and others send one for each secret while they rotate."""
    assert verify(value, prefix="v1=").secret == "A_SECRET"


def test_repeated_signature_headers_are_all_tried() -> None:
    """DocuSign and Mollie send the header once for each secret."""
    sent = request(BODY, [("X-Signature", plain(key=b"old")), ("X-SIGNATURE", plain())])

    assert scheme().verify(sent, OURS).secret == "A_SECRET"


@pytest.mark.parametrize(
    ("value", "prefix"),
    [
        (plain(), "sha256="),
        (f"SHA256={plain()}", "sha256="),
        (f"sha256={plain()}", ""),
        (f"sha256=sha256={plain()}", "sha256="),
        ("sha256=", "sha256="),
        (plain()[:-1], ""),
        (plain() + "0", ""),
        (plain()[:-1] + "é", ""),
        (f"\x1f{plain()}\x85", ""),
        (plain(key=b"another"), ""),
        (plain(body=b'{"amount":1.10}'), ""),
        ("\xff" * 64, ""),
    ],
)
def test_a_signature_that_does_not_fit_is_refused(value: str, prefix: str) -> None:
    """Without its prefix, with it twice, cut, of another key or another spelling of the same JSON: refused."""
    assert refusal(lambda: verify(value, prefix=prefix)) == "signature_mismatch"


@pytest.mark.parametrize("sent", [{}, {"x-signature": ""}, {"x-signatures": plain()}])
def test_a_missing_signature_has_its_code(sent: dict[str, str]) -> None:
    """A developer who integrates a sender reads which header is missing."""
    assert refusal(lambda: scheme().verify(request(BODY, sent), OURS)) == "signature_missing"


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        (None, "timestamp_missing"),
        ("", "timestamp_missing"),
        ("soon", "timestamp_invalid"),
        (TIMESTAMP + ".0", "timestamp_invalid"),
        (TIMESTAMP + "000", "timestamp_invalid"),
        (str(int(TIMESTAMP) - 301), "timestamp_outside_tolerance"),
        (str(int(TIMESTAMP) + 301), "timestamp_outside_tolerance"),
        (str(int(TIMESTAMP) - 300), "signature_mismatch"),
        (str(int(TIMESTAMP) + 300), "signature_mismatch"),
    ],
)
def test_the_timestamp_is_judged_before_the_signature(timestamp: str | None, code: str) -> None:
    """An old signature is a replay however right it is; the edge of the tolerance is inside."""
    sender = scheme(timestamp_header="X-Timestamp")
    sent = {"x-signature": plain()} | ({} if timestamp is None else {"x-timestamp": timestamp})

    assert refusal(lambda: sender.verify(request(BODY, sent), OURS)) == code


def test_the_tolerance_is_the_sources_own() -> None:
    """Twitch allows ten minutes and Paddle five seconds."""
    sender = scheme(timestamp_header="X-Timestamp", tolerance=timedelta(seconds=5))
    signed = sender.sign(BODY, secret=KEY, delivery_id="", at=NOW)

    assert sender.verify(request(BODY, signed, at=NOW + timedelta(seconds=5)), OURS).secret
    late = request(BODY, signed, at=NOW + timedelta(seconds=6))
    assert refusal(lambda: sender.verify(late, OURS)) == "timestamp_outside_tolerance"


def test_rotation_records_the_secret_that_fits() -> None:
    """The old secret can be deleted once no event was verified by it any more."""
    both = (secret(b"the new secret", "NEW"), secret(KEY, "OLD"))

    assert scheme().verify(request(BODY, {"x-signature": plain()}), both).secret == "OLD"
    assert scheme().verify(request(BODY, {"x-signature": plain(key=b"the new secret")}), both).secret == "NEW"


@pytest.mark.parametrize(
    ("value", "secret_encoding"),
    [(b"", "utf8"), (b"", "hex"), (b"xyz", "hex"), (b"abc", "hex"), (b"%%%", "base64"), (b"\xff", "base64")],
)
def test_a_useless_secret_fits_nothing(value: bytes, secret_encoding: str) -> None:
    """An empty key would be known to everyone: a signature made with it proves nothing."""
    sender = scheme(secret_encoding=secret_encoding)
    forged = request(BODY, {"x-signature": plain(key=b"")})

    assert refusal(lambda: sender.verify(forged, (secret(value),))) == "signature_mismatch"
    assert refusal(lambda: sender.verify(forged, ())) == "signature_mismatch"


def test_the_body_is_signed_as_it_came() -> None:
    """Bytes that are not text, and an empty body, are bodies like any other."""
    for body in (b"", b"\xff\x00", latin_1(b"\xe9").encode()):
        assert verify(plain(body), body).secret == "A_SECRET"


@pytest.mark.parametrize(
    ("value", "secret_encoding", "complaint"),
    [
        (b"8 bytes.", "utf8", None),
        (b"7 bytes", "utf8", "has 7 bytes; at least 8 are needed"),
        (b"", "utf8", "has 0 bytes; at least 8 are needed"),
        (b"00" * 8, "hex", None),
        (b"00" * 7, "hex", "has 7 bytes; at least 8 are needed"),
        (b"not hex", "hex", "is not written in hex"),
        (base64.b64encode(b"8 bytes."), "base64", None),
        (b"not base64", "base64", "is not written in base64"),
    ],
)
def test_a_secret_that_is_no_secret_is_reported_without_its_value(
    value: bytes, secret_encoding: str, complaint: str | None
) -> None:
    """A mistake in a copied secret must be reported at start, before payments are refused."""
    assert scheme(secret_encoding=secret_encoding).secret_complaint(value) == complaint


@pytest.mark.parametrize(
    ("option", "options", "why"),
    [
        ("header", {}, "must name the header"),
        ("header", {"header": None}, "must name the header"),
        ("header", {"header": ""}, "must be a header's name"),
        ("header", {"header": "X Signature"}, "must be a header's name"),
        ("header", {"header": "X-Signature\n"}, "must be a header's name"),
        ("header", {"header": 1}, "must be a header's name"),
        ("timestamp_header", {"timestamp_header": "X:"}, "must be a header's name"),
        ("timestamp_header", {"timestamp_header": "x-sig"}, "must be another header than the signature's"),
        ("algorithm", {"algorithm": "md4"}, "must be one of md5, sha1, sha256"),
        ("algorithm", {"algorithm": ["sha256"]}, "must be one of md5, sha1, sha256"),
        ("encoding", {"encoding": "base32"}, "must be one of hex, base64, base64url"),
        ("secret_encoding", {"secret_encoding": "base32"}, "must be one of utf8, hex, base64"),
        ("prefix", {"prefix": 1}, "must be printable ASCII text"),
        ("prefix", {"prefix": "é"}, "must be printable ASCII text"),
        ("prefix", {"prefix": "a\t"}, "must be printable ASCII text"),
        ("prefix", {"prefix": ["v1,", "v2,"]}, "with a comma or the separator in it must be the only one"),
        ("prefix", {"prefix": " v1="}, "must not begin with a space"),
        ("template", {"template": 1}, "must be printable ASCII text"),
        ("template", {"template": "é{body}"}, "must be printable ASCII text"),
        ("template", {"template": ""}, "must contain {body}, {form} or a digest"),
        ("template", {"template": "{body}{body}"}, "must contain {body} only once"),
        ("template", {"template": "{uri}{body}"}, "has no placeholder {uri}"),
        ("template", {"template": "{}{body}"}, "has no placeholder {}"),
        (
            "template",
            {"template": "{timestamp}{body}"},
            "so timestamp_header, timestamp_body or fields.timestamp must say",
        ),
        ("template", {"template": "{body}", "timestamp_header": "X-T"}, "or the timestamp proves nothing"),
        ("tolerance", {"tolerance": timedelta(0)}, "must be a duration above zero"),
        ("tolerance", {"tolerance": 300}, "must be a duration above zero"),
    ],
)
def test_each_option_that_describes_no_sender_is_refused(option: str, options: dict[str, object], why: str) -> None:
    """A mistyped option must stop the start: taken silently, it refuses every event or lets an old one in."""
    given = options if option == "header" else {"header": "X-Sig"} | options

    with pytest.raises(OptionError) as refused:
        PROVIDER.build(given)

    assert refused.value.option == option
    assert why in refused.value.why
    assert str(refused.value) == f"{option}: {refused.value.why}"
