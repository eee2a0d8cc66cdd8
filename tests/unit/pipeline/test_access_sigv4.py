"""Signature Version 4: what AWS's own client signs, hookline verifies, byte for byte."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped] # botocore carries no types
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped] # as above
from botocore.credentials import Credentials  # type: ignore[import-untyped] # as above
from hypothesis import given
from hypothesis import strategies as st

from hookline.errors import Rejected
from hookline.pipeline.access.sigv4 import Head, canonical_request, signature, signed_by, string_to_sign

ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
STAMP = "20150830T123600Z"
HOST = "example.amazonaws.com"
SCOPE = "20150830/us-east-1/service/aws4_request"

TARGETS = [
    "/",
    "/000000000000/payments",
    "//",
    "//example//",
    "/./",
    "/./example",
    "/example/..",
    "/one/two/../..",
    "/one/../two/",
    "/a%20blank/",
    "/%E1%88%B4",
    "/100%25",
    "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "/?Param1=value1",
    "/?Param2=value2&Param1=value1",
    "/?Param1=value2&Param1=Value1",
    "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
    "/?empty=&Zero=0&Bare=",
    "/?space=a%20b&plus=a%2Bb&slash=a%2Fb",
]
HEADERS = [
    {},
    {"My-Header1": "value1"},
    {"My-Header1": "VALUE1", "Another": "z"},
    {"My-Header1": ' "a   b   c" ', "Tabs": "a\t b"},
    {"X-Amz-Target": "AmazonSQS.ReceiveMessage", "Content-Type": "application/x-amz-json-1.0"},
    {"X-Amz-Security-Token": "6e86291e8372ff2a+/="},
]


def signed_by_botocore(method: str, target: str, headers: dict[str, str], body: bytes) -> Head:
    """The head of a request that AWS's client for Python signed."""
    request = AWSRequest(method=method, url=f"https://{HOST}{target}", data=body, headers=dict(headers))
    request.context["timestamp"] = STAMP
    request.headers["X-Amz-Date"] = STAMP
    signer = SigV4Auth(Credentials(ID, SECRET), "service", "us-east-1")
    canonical = signer.canonical_request(request)
    text = signer.string_to_sign(request, canonical)
    names = signer.signed_headers(signer.headers_to_sign(request))
    proof = signer.signature(text, request)
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={ID}/{SCOPE}, SignedHeaders={names}, Signature={proof}"
    )
    parts = urlsplit(target if not target.startswith("//") else f"https://{HOST}{target}")
    fields = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
    return Head(
        method=method,
        path=parts.path.encode(),
        query=parts.query.encode(),
        headers=[(b"host", HOST.encode()), *fields],
    )


def fits(head: Head, body: bytes, secret: str = SECRET) -> bool:
    """Whether the signature in the head is the one that hookline computes."""
    by = signed_by(head.value(b"authorization") or "")
    text = string_to_sign(STAMP, by.scope, canonical_request(head, by.signed_headers, body))
    return signature(secret.encode(), by, text) == by.signature


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: "+".join(headers) or "none")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_aws_s_client_signs_fits(method: str, target: str, headers: dict[str, str]) -> None:
    """A consumer changes nothing but its endpoint: whatever its SDK signs has to verify."""
    assert fits(signed_by_botocore(method, target, headers, b'{"a": 1}'), b'{"a": 1}')


@given(
    body=st.binary(max_size=200),
    value=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40),
    query=st.dictionaries(st.from_regex(r"[A-Za-z0-9_.~-]{1,8}", fullmatch=True), st.integers(0, 99), max_size=4),
)
def test_any_body_header_and_query_fits(body: bytes, value: str, query: dict[str, int]) -> None:
    """Examples cover few of the requests that clients send."""
    target = "/000000000000/payments" + ("?" if query else "") + "&".join(f"{name}={n}" for name, n in query.items())

    assert fits(signed_by_botocore("POST", target, {"X-Anything": value}, body), body)


def test_the_example_of_aws_s_documentation_fits() -> None:
    """AWS General Reference, "Signature Version 4 signing process": the whole example with its published signature."""
    authorization = (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )
    head = Head(
        method="GET",
        path=b"/",
        query=b"Action=ListUsers&Version=2010-05-08",
        headers=[
            (b"host", b"iam.amazonaws.com"),
            (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8"),
            (b"x-amz-date", b"20150830T123600Z"),
            (b"authorization", authorization.encode()),
        ],
    )

    assert fits(head, b"", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


def test_repeated_headers_are_joined_in_the_order_they_came() -> None:
    """A proxy may not change it, and neither may a caller that repeats a signed request."""
    fields = [(b"my-header1", b" value4 "), (b"host", HOST.encode()), (b"my-header1", b"value1"), (b"other", b"x")]
    head = Head(method="GET", path=b"/", query=b"", headers=fields)

    canonical = canonical_request(head, ["host", "my-header1"], b"")

    assert b"\nmy-header1:value4,value1\n" in canonical
    assert b"other" not in canonical


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": b"/000000000000/refunds"},
        {"query": b"a=2"},
    ],
    ids=str,
)
def test_a_changed_request_does_not_fit(change: dict[str, object]) -> None:
    """Each part of the head affects what the request does."""
    head = signed_by_botocore("POST", "/000000000000/payments?a=1", {}, b"{}")
    parts = {"method": head.method, "path": head.path, "query": head.query, "headers": head.headers}

    assert fits(head, b"{}")
    assert not fits(Head(**{**parts, **change}), b"{}")  # type: ignore[arg-type]  # one of its own fields
    assert not fits(head, b"{ }")
    assert not fits(head, b"{}", "another secret of enough length")


@pytest.mark.parametrize(
    ("authorization", "why"),
    [
        ("AWS4-HMAC-SHA256", "'Credential'"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host", "'Signature'"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=0", "'SignedHeaders'"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=0", "5 slash-delimited"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=host, Signature=0", "5 slash-delimited"),
        ("AWS4-HMAC-SHA256 ,,=,,", "'Credential'"),
    ],
)
def test_a_header_that_lacks_a_part_is_incomplete(authorization: str, why: str) -> None:
    """The SDK shows IncompleteSignature and the missing part to the developer."""
    with pytest.raises(Rejected, match=re.escape(why)) as caught:
        signed_by(authorization)

    assert caught.value.code == "credentials_incomplete"


def test_the_order_of_the_parts_and_blanks_do_not_matter() -> None:
    """Clients order and space these parts differently."""
    by = signed_by("AWS4-HMAC-SHA256 Signature=ab,SignedHeaders=host;x-amz-date ,  Credential=id/20150830/r/s/t")

    assert (by.key_id, by.scope, by.signed_headers, by.signature) == (
        "id",
        "20150830/r/s/t",
        ("host", "x-amz-date"),
        "ab",
    )
