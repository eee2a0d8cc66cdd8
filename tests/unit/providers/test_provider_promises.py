"""What every provider promises: it raises only Rejected, and signatures are compared in constant time."""

from __future__ import annotations

import ast
import base64
import hmac
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hookline.providers
from effort import examples
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers import GENERAL, PROVIDERS
from unit.builders import NOW, attempt, refusal, request, secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hookline.providers.scheme import Scheme

KEY = b"0123456789abcdef0123456789abcdef"
SCHEMES = {
    "standard-webhooks": PROVIDERS["standard-webhooks"].build({}),
    "standard-webhooks-v1a": PROVIDERS["standard-webhooks"].build({"version": "v1a"}),
    "none": PROVIDERS["none"].build({}),
    "token": PROVIDERS["token"].build({"header": "X-Signature"}),
    "basic": PROVIDERS["basic"].build({}),
    "jwt": PROVIDERS["jwt"].build({"algorithms": ["HS256"], "header": "X-Signature"}),
    "public-key": PROVIDERS["public-key"].build({"header": "X-Signature", "timestamp_header": "X-Timestamp"}),
    "hmac-fields": PROVIDERS["hmac"].build({"header": "X-Signature", "fields": {"timestamp": "t", "signature": "v1"}}),
    "hmac-places": PROVIDERS["hmac"].build({"header": "X-Signature", "fields": {"timestamp": 1, "signature": 2}}),
    "hmac-plain": PROVIDERS["hmac"].build({"header": "X-Signature", "algorithm": "sha256-plain"}),
    "hmac-everything": PROVIDERS["hmac"].build(
        {
            "header": ["X-Signature", "X-Signature-{n}"],
            "prefix": ["sha256=", ""],
            "id_header": "webhook-id",
            "timestamp_body": "time",
            "timestamp_format": "rfc3339",
            "template": "{id}{timestamp}{method}{url}{path}{query}{query:a}{header:X-Other}{json:b.c}{form}{body_sha512:base64}",
            "public_url": "https://example.com/hook",
        }
    ),
    "hmac": PROVIDERS["hmac"].build({"header": "X-Signature", "prefix": "v0=", "timestamp_header": "X-Timestamp"}),
    "hmac-base64": PROVIDERS["hmac"].build(
        {"header": "X-Signature", "encoding": "base64", "secret_encoding": "base64", "algorithm": "sha512"}
    ),
    "hmac-hex-secret": PROVIDERS["hmac"].build(
        {"header": "X-Signature", "encoding": "base64url", "secret_encoding": "hex", "algorithm": "sha1"}
    ),
}

COMPARED = ["standard-webhooks", "hmac", "hmac-base64", "hmac-hex-secret", "hmac-plain"]
"""Those whose signatures are compared byte for byte; a public key's are verified by arithmetic, and fields are the same code."""

names = st.sampled_from(
    [
        b"webhook-id",
        b"webhook-timestamp",
        b"webhook-signature",
        b"Svix-Id",
        b"svix-timestamp",
        b"svix-signature",
        b"X-Signature",
        b"x-timestamp",
        b"content-type",
    ]
) | st.binary(max_size=5)
seconds = str(int(NOW.timestamp())).encode()
values = (
    st.sampled_from([b"", seconds, b"v1,AAAA v1,", b"v0=ab,v0=", b"9" * 13, b"-1", b"v1a,x", b"msg_1"])
    | st.binary(max_size=80)
    | st.binary(max_size=20).map(base64.b64encode)
)
fields = st.lists(st.tuples(names, values), max_size=8)
moments = st.sampled_from([NOW]) | st.datetimes(timezones=st.just(UTC))
secrets = st.lists(
    st.builds(Secret, name=st.text(max_size=3), value=st.binary(max_size=40) | st.sampled_from([b"whsec_", KEY])),
    max_size=3,
)


def test_every_general_scheme_is_tried_here() -> None:
    """A scheme that is added without these promises is the one that breaks them."""
    assert {name for name in GENERAL if name in SCHEMES} == set(GENERAL)
    assert all(PROVIDERS[name].name == name for name in GENERAL)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
@settings(max_examples=examples(200))
@given(fields=fields, body=st.binary(max_size=40), at=moments, secrets=secrets)
def test_no_request_and_no_secret_raise_anything_but_rejected(
    scheme: Scheme, fields: list[tuple[bytes, bytes]], body: bytes, at: datetime, secrets: list[Secret]
) -> None:
    """Outside input that raises anything else is a 503 that the sender repeats for days."""
    sent = Request(method="POST", path="/", headers=Headers(fields), body=body, received_at=at)

    verified = attempt(lambda: scheme.verify(sent, secrets))

    if isinstance(verified, Rejected):
        assert verified.status == 401
    elif scheme is SCHEMES["none"]:
        assert verified == Verified()
    else:
        assert verified.secret in {one.name for one in secrets}


@pytest.mark.parametrize("name", COMPARED)
def test_every_signature_is_compared_in_constant_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of the comparison must not show which candidate was right."""
    compared: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def spy(expected: bytes, candidate: bytes) -> bool:
        compared.append((expected, candidate))
        return compare(expected, candidate)

    monkeypatch.setattr(hmac, "compare_digest", spy)
    scheme = SCHEMES[name]
    written = base64.b64encode(KEY) if name == "hmac-base64" else KEY
    signed = scheme.sign(b"{}", secret=written, delivery_id="msg_1", at=NOW)
    header = next(key for key, value in signed.items() if key.lower().endswith("signature"))
    separator = " " if name == "standard-webhooks" else ","
    several = signed | {header: separator.join([signed[header], signed[header]])}

    scheme.verify(request(b"{}", several), (secret(written),))
    assert [expected == candidate for expected, candidate in compared] == [True, True]

    compared.clear()
    assert refusal(lambda: scheme.verify(request(b"[]", several), (secret(written),))) == "signature_mismatch"
    assert [expected == candidate for expected, candidate in compared] == [False, False]


def hasty_comparisons(tree: ast.Module) -> Iterator[ast.Compare]:
    """Comparisons of two values where neither is written out, outside the functions that read options at load."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or "options" in [one.arg for one in function.args.args]:
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                direct = all(isinstance(operator, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for operator in node.ops)
                if direct and not any(is_fixed(side) for side in sides):
                    yield node


def is_fixed(side: ast.expr) -> bool:
    """Whether this is written in the code: a constant, one that has a name in capitals, or a length."""
    if isinstance(side, ast.Call):
        return isinstance(side.func, ast.Name) and side.func.id == "len"
    if isinstance(side, ast.Tuple):
        return all(isinstance(one, ast.Constant) for one in side.elts)
    return isinstance(side, ast.Constant) or (isinstance(side, ast.Name) and side.id.isupper())


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in (".", "general", "catalogue", "bespoke")
        for path in sorted((Path(hookline.providers.__file__).parent / folder).glob("*.py"))
        if path.stem != "redelivery"  # it compares times and statuses of answers, and sees no request
    ],
    ids=lambda path: path.stem,
)
def test_no_provider_compares_two_values_by_equality(path: Path) -> None:
    """== stops at the first byte that differs, and its time shows how much of a forgery is right."""
    found = [ast.unparse(node) for node in hasty_comparisons(ast.parse(path.read_text()))]

    assert found == []


@pytest.mark.parametrize("comparison", ["signature == expected", "expected in candidates", "mac != self.mac"])
def test_a_hasty_comparison_would_be_found(comparison: str) -> None:
    """A test that cannot fail would guard nothing."""
    tree = ast.parse(f"def verify(self, request, secrets):\n    return {comparison}")

    assert [ast.unparse(node) for node in hasty_comparisons(tree)] == [comparison]
