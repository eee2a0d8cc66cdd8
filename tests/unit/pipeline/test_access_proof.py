"""The caller of a request: what the request proves, and why it proves nothing."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.access import AccessKey, Right
from hookline.errors import Rejected
from hookline.pipeline.access import Head, KnownKey, principal_by_password, signed_request
from hookline.pipeline.access.sigv4 import canonical_request, signature, signed_by, string_to_sign

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SECRET = b"a secret without blanks would be better"
KEY = AccessKey(id="shop", secret_name="SHOP", rights=frozenset({Right.CONSUME}), queues=frozenset({"payments"}))
KEYS = {"shop": KnownKey(key=KEY, secret=SECRET)}
BODY = b'{"QueueUrl": "payments"}'


def signed(
    *,
    at: datetime = NOW,
    headers: dict[str, str] | None = None,
    names: str = "",
    scope: str | None = None,
    key_id: str = "shop",
    date_header: str = "x-amz-date",
    date: str | None = None,
) -> Head:
    """A request that is signed rightly over the headers ``names``, by default all of them."""
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    fields = {"host": "127.0.0.1:8081", date_header: date or stamp} | (headers or {})
    head = [(name.encode(), value.encode()) for name, value in fields.items()]
    scope = scope or f"{stamp[:8]}/eu-west-3/sqs/aws4_request"
    start = (
        f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names or ';'.join(sorted(fields))}, Signature="
    )
    by = signed_by(f"{start}0")
    unsigned = Head(method="POST", path=b"/", query=b"", headers=head)
    text = string_to_sign(stamp, by.scope, canonical_request(unsigned, by.signed_headers, BODY))
    proof = (b"authorization", f"{start}{signature(SECRET, by, text)}".encode())
    return Head(method="POST", path=b"/", query=b"", headers=[*head, proof])


def code(head: Head, body: bytes = BODY) -> str | None:
    """Why the request is refused, or None."""
    try:
        signed_request(head, KEYS, NOW).principal(body)
    except Rejected as refused:
        return refused.code
    return None


def test_a_signed_request_has_its_caller() -> None:
    """Rights, scope and audit records all use it."""
    principal = signed_request(signed(), KEYS, NOW).principal(BODY)

    assert principal == KEY.principal
    assert (principal.key_id, principal.rights) == ("shop", frozenset({Right.CONSUME}))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_taken(seconds: int) -> None:
    """The clocks of client and server may differ by five minutes."""
    assert code(signed(at=NOW + timedelta(seconds=seconds))) is None


@pytest.mark.parametrize("seconds", [-301, 301, -86400, 86400])
def test_more_is_expired(seconds: int) -> None:
    """An overheard request can be used for minutes only; a clock that is ahead must not make it last longer."""
    assert code(signed(at=NOW + timedelta(seconds=seconds))) == "credentials_expired"


def test_the_date_header_is_taken_where_there_is_no_other() -> None:
    """AWS documents both, and old clients send this one."""
    assert code(signed(date_header="date", date="Wed, 04 Mar 2026 05:06:07 GMT")) is None
    assert code(signed(date_header="date", date="2026-03-04")) == "credentials_incomplete"


@pytest.mark.parametrize(
    "date", ["20260304", "20260399T000000Z", "2026-03-04T05:06:07Z", "\u0662" * 8 + "T000000Z", "x"]
)
def test_a_date_that_is_none_is_incomplete(date: str) -> None:
    """No text that a caller writes may raise another error than Rejected."""
    assert code(signed(date=date)) == "credentials_incomplete"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("20260304/us-east-1/sqs/aws4_request", None),
        ("20260304/anything-9/sqs/aws4_request", None),
        ("20260303/us-east-1/sqs/aws4_request", "credentials_mismatch"),
        ("20260304/us-east-1/s3/aws4_request", "credentials_mismatch"),
        ("20260304/us-east-1/sqs/aws4", "credentials_mismatch"),
        ("20260304//sqs/aws4_request", "credentials_mismatch"),
        ("20260304/US_EAST/sqs/aws4_request", "credentials_mismatch"),
    ],
)
def test_the_scope_is_of_this_day_and_this_service(scope: str, expected: str | None) -> None:
    """A signature for another service is not meant for hookline. The region may be any: hookline has none."""
    assert code(signed(scope=scope)) == expected


@pytest.mark.parametrize("missing", ["host", "x-amz-date", "x-amz-target", "content-type"])
def test_what_decides_the_meaning_has_to_be_signed(missing: str) -> None:
    """Otherwise a stranger could change an overheard receive into a purge."""
    headers = {"x-amz-target": "AmazonSQS.ReceiveMessage", "content-type": "application/x-amz-json-1.0"}
    names = {"host", "x-amz-date", *headers} - {missing}

    assert code(signed(headers=headers)) is None
    assert code(signed(headers=headers, names=";".join(sorted(names)))) == "credentials_incomplete"


@pytest.mark.parametrize("names", ["host;x-amz-date", "host;x-amz-date;x-amz-security-token"])
def test_a_session_token_is_read_over(names: str) -> None:
    """Many developers have it in their environment; the key proves the caller with it or without, signed or not."""
    assert code(signed(headers={"x-amz-security-token": "left over"}, names=names)) is None


def test_another_body_under_the_same_headers_does_not_fit() -> None:
    """A client that overhears a receive could otherwise send a delete."""
    head = signed()

    assert code(head) is None
    assert code(head, BODY + b" ") == "credentials_mismatch"
    assert code(head, b"") == "credentials_mismatch"


def test_an_unknown_key_is_refused_before_its_body_is_read() -> None:
    """Memory must not hold a body for a key that does not exist."""
    with pytest.raises(Rejected) as caught:
        signed_request(signed(key_id="nobody"), KEYS, NOW)

    assert caught.value.code == "access_key_unknown"


def test_no_header_or_two_or_another_scheme() -> None:
    """AWS gives the same answer to each."""
    head = signed()
    plain = Head(method="POST", path=b"/", query=b"", headers=[(b"host", b"localhost")])
    twice = Head(method="POST", path=b"/", query=b"", headers=[*head.headers, head.headers[-1]])
    bearer = Head(method="POST", path=b"/", query=b"", headers=[(b"authorization", b"Bearer x")])
    dateless = Head(
        method="POST", path=b"/", query=b"", headers=[one for one in head.headers if one[0] != b"x-amz-date"]
    )

    assert [code(plain), code(twice), code(bearer), code(dateless)] == [
        "credentials_missing",
        "credentials_incomplete",
        "credentials_incomplete",
        "credentials_incomplete",
    ]


def basic(text: bytes) -> Head:
    """A GET with this Authorization header."""
    return Head(method="GET", path=b"/metrics", query=b"", headers=[(b"authorization", text)])


def test_id_and_secret_prove_the_key_too() -> None:
    """Prometheus and curl cannot sign as AWS does."""
    words = base64.b64encode(b"shop:" + SECRET)

    assert principal_by_password(basic(b"Basic " + words), KEYS) == KEY.principal
    assert principal_by_password(basic(b"basic  " + words), KEYS) == KEY.principal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"Basic " + base64.b64encode(b"shop:wrong"), "credentials_mismatch"),
        (b"Basic " + base64.b64encode(b"shop"), "credentials_mismatch"),
        (b"Basic " + base64.b64encode(b"nobody:" + SECRET), "credentials_mismatch"),
        (b"Basic " + base64.b64encode(b"nobody:" + b"\x00" * 32), "credentials_mismatch"),
        (b"Basic " + base64.b64encode(b"\xff\xfe:x"), "credentials_mismatch"),
        (b"Basic not/base64!", "credentials_incomplete"),
        (b"Basic", "credentials_mismatch"),
    ],
)
def test_a_wrong_password_proves_nothing(text: bytes, expected: str) -> None:
    """One answer for a wrong id and a wrong secret: neither can be guessed separately."""
    with pytest.raises(Rejected) as caught:
        principal_by_password(basic(text), KEYS)

    assert caught.value.code == expected


def test_a_known_key_does_not_show_its_secret() -> None:
    """A repr ends up in logs and tracebacks."""
    assert SECRET.decode() not in repr(KEYS)


HEADER = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\r\n\0"), max_size=60)
AUTHORIZATION = st.one_of(
    HEADER,
    HEADER.map(lambda text: f"AWS4-HMAC-SHA256 {text}"),
    st.tuples(HEADER, HEADER, HEADER).map(
        lambda parts: "AWS4-HMAC-SHA256 Credential={}, SignedHeaders={}, Signature={}".format(*parts)
    ),
    st.tuples(HEADER, HEADER).map(
        lambda parts: (
            "AWS4-HMAC-SHA256 Credential=shop/20260304/us-east-1/sqs/aws4_request, "
            "SignedHeaders=host;x-amz-date;{}, Signature={}".format(*parts)
        )
    ),
)


@given(authorization=AUTHORIZATION, date=st.one_of(HEADER, st.just("20260304T050607Z")), path=st.binary(max_size=20))
def test_nothing_that_a_stranger_writes_is_a_fault(authorization: str, date: str, path: bytes) -> None:
    """Outside input may raise only Rejected."""
    fields = [("host", "a"), ("x-amz-date", date), ("authorization", authorization)]
    headers = [(name.encode(), value.encode("latin-1")) for name, value in fields]
    head = Head(method="GET", path=path, query=path, headers=headers)

    with pytest.raises(Rejected):
        signed_request(head, KEYS, NOW).principal(b"")
    with pytest.raises(Rejected):
        principal_by_password(head, KEYS)
