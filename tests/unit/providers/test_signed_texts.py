"""The options for a signature in a header, with signatures that are made here by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.domain.request import Headers, Request
from hookline.domain.source import Verified
from hookline.providers import PROVIDERS
from hookline.providers.scheme import OptionError
from unit.builders import NOW, attempt, refusal, secret

if TYPE_CHECKING:
    from hookline.providers.scheme import Scheme

KEY = b"a key of some length"
BODY = b'{"amount": 1.10, "meta": {"sent": 1767323045, "ref": "R-1"}}'
URL = "https://pay.example.com/hooks/in"
SECONDS = str(int(NOW.timestamp()))
TIMES = {
    "seconds": SECONDS,
    "milliseconds": f"{SECONDS}000",
    "microseconds": f"{SECONDS}000000",
    "rfc3339": "2026-01-02T03:04:05Z",
    "http-date": "Fri, 02 Jan 2026 03:04:05 GMT",
}


def mac(text: bytes, key: bytes = KEY, algorithm: str = "sha256") -> str:
    """An HMAC in hex."""
    return hmac.new(key, text, algorithm).hexdigest()


def scheme(**options: object) -> Scheme:
    """The scheme, called at ``URL``."""
    return PROVIDERS["hmac"].build({"header": "X-Signature", "public_url": URL} | options)


def call(body: bytes = BODY, query: str = "", **headers: str) -> Request:
    """A call with these headers: underscores for hyphens."""
    return Request(
        method="POST", path="/hooks/in", query=query, headers=Headers.of(**headers), body=body, received_at=NOW
    )


def proved(one: Scheme, request: Request, key: bytes = KEY) -> Verified:
    """The values that it proves."""
    return one.verify(request, (secret(key),))


@pytest.mark.parametrize(("unit", "text"), TIMES.items())
def test_a_time_is_read_in_each_format_and_signed_as_it_is_written(unit: str, text: str) -> None:
    """Airwallex and Revolut write milliseconds, Orb RFC 3339; a sender's page rarely says which at first sight."""
    one = scheme(timestamp_header="X-Time", timestamp_format=unit, template="{timestamp}{body}")
    signature = mac(text.encode() + BODY)

    assert proved(one, call(x_signature=signature, x_time=text)).secret
    late = Request(
        method="POST",
        path="/",
        headers=Headers.of(x_signature=signature, x_time=text),
        body=BODY,
        received_at=NOW + timedelta(minutes=6),
    )
    assert refusal(lambda: proved(one, late)) == "timestamp_outside_tolerance"


@pytest.mark.parametrize("separator", [",", ";", " ", "|", ", "])
def test_fields_have_names_with_any_separator(separator: str) -> None:
    """Paddle writes semicolons, Tailscale commas, other senders spaces."""
    one = scheme(fields={"timestamp": "ts", "signature": "h1"}, separator=separator)
    signature = mac(f"{SECONDS}.".encode() + BODY)

    for value in (f"ts={SECONDS}{separator}h1={signature}", f"h1={signature}{separator}x=1{separator}ts={SECONDS}"):
        assert proved(one, call(x_signature=value)).secret, value
    assert refusal(lambda: proved(one, call(x_signature=f"h1={signature}"))) == "timestamp_missing"
    assert (
        refusal(lambda: proved(one, call(x_signature=f"ts={SECONDS}{separator}h2={signature}"))) == "signature_mismatch"
    )


def test_fields_may_hold_only_signatures() -> None:
    """A header may have versions and no time, and the time may be in another header."""
    bare = scheme(fields={"signature": "v1"})
    timed = scheme(fields={"signature": "v1"}, timestamp_header="X-Time", template="{timestamp}{body}")

    assert proved(bare, call(x_signature=f"v0=00,v1={mac(BODY)}")).secret
    signature = mac(SECONDS.encode() + BODY)
    assert proved(timed, call(x_signature=f"v1={signature}", x_time=SECONDS)).secret
    assert refusal(lambda: proved(timed, call(x_signature=f"v1={signature}"))) == "timestamp_missing"


def test_fields_may_be_known_by_their_places() -> None:
    """Recurly writes the time in milliseconds and then a signature for each secret."""
    one = scheme(fields={"timestamp": 1, "signature": 2}, timestamp_format="milliseconds")
    time = f"{SECONDS}000"
    good, other = mac(f"{time}.".encode() + BODY), mac(b"another")

    for value in (f"{time},{good}", f"{time},{other},{good}", f"{time}, {good}", f"1,{other}, {time},{good}"):
        assert proved(one, call(x_signature=value)).secret, value
    assert refusal(lambda: proved(one, call(x_signature=f"{good},{time}"))) == "timestamp_invalid"
    assert refusal(lambda: proved(one, call(x_signature=time))) == "signature_mismatch"
    assert refusal(lambda: proved(one, call(x_signature=f"{time},{other}"))) == "signature_mismatch"


def test_a_place_needs_no_time() -> None:
    """A header may be `version signature`, without a time."""
    one = scheme(fields={"signature": 2}, separator=" ")

    assert proved(one, call(x_signature=f"v1 {mac(BODY)}")).secret
    assert refusal(lambda: proved(one, call(x_signature=mac(BODY)))) == "signature_mismatch"


def test_any_of_several_headers_may_hold_the_signature() -> None:
    """Box sends two headers, and DocuSign one for each key."""
    one = scheme(header=["X-Primary", "X-Signature-{n}"])

    assert proved(one, call(x_primary=mac(BODY))).secret
    assert proved(one, call(x_signature_2=mac(BODY))).secret
    assert proved(one, call(x_primary="00", x_signature_11=mac(BODY))).secret
    for name in ("x_signature", "x_signature_", "x_signature_a", "x_signature_1x"):
        sent = replace(call(), headers=Headers.of(**{name: mac(BODY)}))
        assert refusal(lambda sent=sent: proved(one, sent)) == "signature_missing"  # type: ignore[misc]  # bound immediately


@pytest.mark.parametrize("prefix", ["v1,", "HMAC ", "sha256=", "a,b;", "hmac-sha256;"])
def test_a_prefix_may_hold_any_character(prefix: str) -> None:
    """Port.io writes `v1,`, Microsoft Teams `HMAC `."""
    one = scheme(prefix=prefix)

    assert proved(one, call(x_signature=f"{prefix}{mac(BODY)}")).secret
    assert proved(one, call(x_signature=f"{prefix}{mac(b'other')}, {prefix}{mac(BODY)}")).secret
    assert refusal(lambda: proved(one, call(x_signature=mac(BODY)))) == "signature_mismatch"


def test_a_prefix_may_be_one_of_several_or_absent() -> None:
    """Mollie's page shows no prefix, its library writes one."""
    one = scheme(prefix=["sha256=", "v1=", ""])

    for prefix in ("sha256=", "v1=", ""):
        assert proved(one, call(x_signature=f"{prefix}{mac(BODY)}")).secret
    assert refusal(lambda: proved(one, call(x_signature=f"v2={mac(BODY)}"))) == "signature_mismatch"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{method}{url}{body}", b"POST" + f"{URL}?a=1&b=%20".encode() + BODY),
        ("{path}\n{body}", b"/hooks/in\n" + BODY),
        ("{query}{body}", b"a=1&b=%20" + BODY),
        ("{query:b}{query:none}.{body}", b" ." + BODY),
        ("{header:X-Nonce}{body}", b"n-1" + BODY),
        ("{json:meta.ref}{json:meta.sent}{body}", b"R-1" + SECONDS.encode() + BODY),
        ("{body_sha256}", hashlib.sha256(BODY).hexdigest().encode()),
        ("{body_sha512:base64}|", base64.b64encode(hashlib.sha512(BODY).digest()) + b"|"),
        ("{body_md5:hex}", hashlib.md5(BODY, usedforsecurity=False).hexdigest().encode()),
        ("{no {body}", b"{no " + BODY),
    ],
)
def test_a_template_takes_its_parts_from_the_call(template: str, text: bytes) -> None:
    """Each placeholder is replaced by the text that the reference documents for it."""
    one = scheme(template=template)
    request = call(query="a=1&b=%20", x_signature=mac(text), x_nonce="n-1", host="evil.example")

    assert proved(one, request).secret
    other = call(BODY + b" ", "a=1&b=%20", x_signature=mac(text), x_nonce="n-1")
    assert refusal(lambda: proved(one, other)) == "signature_mismatch"


def test_a_form_is_signed_without_its_order() -> None:
    """The fields are sorted, as Twilio and Mandrill do; the sorted content is passed on, because the body can be written in many ways."""
    one = scheme(template="{url}{form}")
    signature = mac(f"{URL}a1a2bé".encode())

    first = proved(one, call(b"b=%C3%A9&a=2&a=1", x_signature=signature))
    second = proved(one, call(b"a=1&a=2&b=%c3%a9", x_signature=signature))

    assert first.secret
    assert first.content == second.content is not None
    assert refusal(lambda: proved(one, call(b"a=1&a=3&b=%C3%A9", x_signature=signature))) == "signature_mismatch"
    assert refusal(lambda: proved(one, call(b"&".join([b"a"] * 3000), x_signature=signature))) == "signature_mismatch"


def test_a_part_that_is_missing_is_a_refusal() -> None:
    """A missing part must not become an empty text where the sender always writes one."""
    header = scheme(template="{header:X-Nonce}{body}")
    member = scheme(template="{json:meta.none}{body}")

    assert refusal(lambda: proved(header, call(x_signature=mac(BODY)))) == "signature_missing"
    assert refusal(lambda: proved(member, call(x_signature=mac(BODY)))) == "signature_mismatch"


def test_a_signed_id_is_the_event_s() -> None:
    """As in Standard Webhooks, under any names."""
    one = scheme(id_header="X-Id", timestamp_header="X-Time")
    signature = mac(f"e-1.{SECONDS}.".encode() + BODY)

    assert proved(one, call(x_signature=signature, x_id="e-1", x_time=SECONDS)).delivery_id == "e-1"
    assert refusal(lambda: proved(one, call(x_signature=signature, x_id="e-2", x_time=SECONDS))) == "signature_mismatch"
    assert refusal(lambda: proved(one, call(x_signature=signature, x_time=SECONDS))) == "signature_missing"


@pytest.mark.parametrize("template", ["{body}", "{timestamp}.{body}"])
def test_a_time_in_the_body_is_compared_with_now(template: str) -> None:
    """Linear's is in the body and is signed with it."""
    one = scheme(timestamp_body="meta.sent", template=template)
    text = BODY if template == "{body}" else f"{SECONDS}.".encode() + BODY
    late = Request(
        method="POST",
        path="/",
        headers=Headers.of(x_signature=mac(text)),
        body=BODY,
        received_at=NOW + timedelta(days=1),
    )

    assert proved(one, call(x_signature=mac(text))).secret
    assert refusal(lambda: proved(one, late)) == "timestamp_outside_tolerance"
    assert refusal(lambda: proved(one, call(b"{}", x_signature=mac(b"{}")))) == "timestamp_missing"


@pytest.mark.parametrize("template", ["{secret}{body}", "{body}{secret}", "{secret}:{url}:{body}"])
@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
def test_a_plain_digest_holds_the_secret_where_the_template_says(algorithm: str, template: str) -> None:
    """Recharge signs in this way, and only a template allows it."""
    one = scheme(algorithm=f"{algorithm}-plain", template=template)
    text = template.encode().replace(b"{secret}", KEY).replace(b"{url}", URL.encode()).replace(b"{body}", BODY)
    signature = hashlib.new(algorithm, text).hexdigest()

    assert proved(one, call(x_signature=signature)).secret
    assert refusal(lambda: proved(one, call(x_signature=signature), b"another secret")) == "signature_mismatch"
    nobody = hashlib.new(algorithm, template.encode().replace(b"{secret}", b"").replace(b"{body}", BODY)).hexdigest()
    assert refusal(lambda: proved(one, call(x_signature=nobody), b"")) == "signature_mismatch"


@pytest.mark.parametrize(
    ("encoding", "written", "key"),
    [
        ("base64url", base64.urlsafe_b64encode(b"\xff" * 12), b"\xff" * 12),
        ("sha256", KEY, hashlib.sha256(KEY).digest()),
        ("sha1-hex", KEY, hashlib.sha1(KEY, usedforsecurity=False).hexdigest().encode()),
        ("md5-hex", KEY, hashlib.md5(KEY, usedforsecurity=False).hexdigest().encode()),
    ],
)
def test_a_key_is_made_of_the_secret(encoding: str, written: bytes, key: bytes) -> None:
    """Some senders hash the secret first."""
    one = scheme(secret_encoding=encoding)

    assert proved(one, call(x_signature=mac(BODY, key)), written).secret
    assert one.secret_complaint(written) is None
    assert one.secret_complaint(b"") is not None
    assert refusal(lambda: proved(one, call(x_signature=mac(BODY, b"")), b"")) == "signature_mismatch"


def test_a_prefix_of_a_secret_is_cut_off() -> None:
    """Such secrets have `whsec_` and base64, also where the signature is not that of Standard Webhooks."""
    one = scheme(secret_prefix="whsec_", secret_encoding="base64")
    written = base64.b64encode(KEY)

    for value in (written, b"whsec_" + written):
        assert proved(one, call(x_signature=mac(BODY)), value).secret
    assert one.secret_complaint(b"whsec_") is not None


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"header": []}, "header"),
        ({"header": ["X-A", "x-a"]}, "header"),
        ({"header": [f"X-{n}" for n in range(9)]}, "header"),
        ({"header": "X-{n}-{n}"}, "header"),
        ({"fields": {"timestamp": "t"}}, "fields"),
        ({"fields": {"signature": "v1", "nonce": "n"}}, "fields"),
        ({"fields": {"signature": "v1", "timestamp": 1}}, "fields"),
        ({"fields": {"signature": 0}}, "fields"),
        ({"fields": {"signature": True}}, "fields"),
        ({"fields": {"signature": 2, "timestamp": 2}}, "fields"),
        ({"fields": {"signature": "a=b"}}, "fields"),
        ({"fields": "t,v1"}, "fields"),
        ({"fields": {"signature": "v1"}, "separator": "="}, "separator"),
        ({"fields": {"signature": "v1"}, "prefix": "v1,"}, "prefix"),
        ({"separator": ""}, "separator"),
        ({"separator": "ab"}, "separator"),
        ({"separator": "-----"}, "separator"),
        ({"timestamp_header": "X-T", "timestamp_body": "t"}, "timestamp_body"),
        ({"timestamp_format": "seconds"}, "timestamp_format"),
        ({"timestamp_header": "X-T", "timestamp_format": "minutes"}, "timestamp_format"),
        ({"timestamp_body": "a..b"}, "timestamp_body"),
        ({"timestamp_body": 1}, "timestamp_body"),
        ({"fields": {"timestamp": "t", "signature": "v1"}, "timestamp_format": "http-date"}, "timestamp_format"),
        ({"id_header": "x-signature"}, "id_header"),
        ({"template": "{id}{body}"}, "template"),
        ({"id_header": "X-Id", "template": "{body}"}, "template"),
        ({"template": "{secret}{body}"}, "template"),
        ({"algorithm": "sha256-plain", "template": "{body}"}, "template"),
        ({"template": "{json:a}"}, "template"),
        ({"template": "{header:X-A}{url}"}, "template"),
        ({"template": "{header:X Y}{body}"}, "template"),
        ({"template": "{header:X-Signature}{body}"}, "template"),
        ({"template": "{header:}{body}"}, "template"),
        ({"template": "{body_sha3}"}, "template"),
        ({"template": "{body_sha256:base32}"}, "template"),
        ({"public_url": "", "template": "{url}{body}"}, "public_url"),
        ({"public_url": None, "template": "{path}{body}"}, "public_url"),
        ({"shortest_secret": 0}, "shortest_secret"),
        ({"shortest_secret": True}, "shortest_secret"),
        ({"secret_prefix": "é"}, "secret_prefix"),
    ],
)
def test_options_that_contradict_each_other_are_complained_of(options: dict[str, object], option: str) -> None:
    """Each would refuse every call, or accept one that proves less than it seems to."""
    with pytest.raises(OptionError) as complaint:
        scheme(**options)

    assert complaint.value.option == option
    assert complaint.value.why


@pytest.mark.parametrize(("others", "is_taken"), [(200, True), (300, False)])
@pytest.mark.parametrize("fields", [None, {"signature": "v1"}, {"signature": 1}])
def test_more_signatures_are_checked_than_any_sender_writes(
    fields: dict[str, object] | None,
    others: int,
    is_taken: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    """A header of 60,000 commas costs more than its hash, and the caller has not proved anything yet."""
    one = scheme(template="{body}", **({} if fields is None else {"fields": fields}))
    name = "v1=" if fields == {"signature": "v1"} else ""
    value = ",".join([f"{name}00"] * others + [f"{name}{mac(BODY)}"])

    outcome = attempt(lambda: proved(one, call(BODY, x_signature=value)))

    assert isinstance(outcome, Verified) is is_taken


def test_a_list_of_prefixes_is_short() -> None:
    """Each prefix is compared with each signature, which takes time."""
    with pytest.raises(OptionError, match="at most 8 are possible"):
        scheme(prefix=[f"v{number}=" for number in range(9)])
