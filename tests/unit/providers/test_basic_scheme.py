"""``basic``: HTTP's basic authentication, as RFC 7617 writes it."""

from __future__ import annotations

import base64
import hmac
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.domain.source import Verified
from hookline.errors import ConfigError, Rejected
from hookline.pipeline.rejected import shows_secret
from hookline.providers import PROVIDERS
from unit.builders import NOW, attempt, refusal, request, secret

SCHEME = PROVIDERS["basic"].build({})
LOGIN = b"Aladdin:open sesame"
WRITTEN = "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


@pytest.mark.parametrize("name", ["Basic ", "basic ", "BASIC  ", "  bAsIc "])
def test_the_example_of_the_specification_is_taken_in_any_case(name: str) -> None:
    """RFC 7617 section 2: the user "Aladdin" with the password "open sesame"."""
    sent = request(b"{}", {"Authorization": f"{name}{WRITTEN} "})

    assert SCHEME.verify(sent, [secret(b"other:secret", "OLD"), secret(LOGIN, "NEW")]).secret == "NEW"


def test_the_other_example_of_the_specification_is_taken_too() -> None:
    """RFC 7617 section 2.1: in UTF-8, the user "test" with the password "123" and a pound sign."""
    sent = request(b"{}", {"Authorization": "Basic dGVzdDoxMjPCow=="})

    assert SCHEME.verify(sent, [secret("test:123£".encode())]).secret
    assert SCHEME.secret_complaint("test:123£".encode()) is None


def test_what_hookline_sends_is_the_example() -> None:
    """`hookline send` must send what the sender does."""
    signed = SCHEME.sign(b"{}", secret=LOGIN, delivery_id="d", at=NOW)

    assert signed == {"Authorization": f"Basic {WRITTEN}"}


@pytest.mark.parametrize(
    "value",
    [
        WRITTEN,
        f"Bearer {WRITTEN}",
        f"Basic{WRITTEN}",
        f"xBasic {WRITTEN}",
        "Basic Aladdin:open sesame",
        f"Basic {WRITTEN.rstrip('=')}",
        f"Basic {WRITTEN.lower()}",
        "Basic " + base64.b64encode(b"aladdin:open sesame").decode(),
        "Basic " + base64.b64encode(b"Aladdin:open sesam").decode(),
        "Basic " + base64.b64encode(b"Aladdin").decode(),
        "Basic ",
        "Basic",
    ],
)
def test_anything_else_is_refused(value: str) -> None:
    """Verification refuses what it does not know."""
    assert (
        refusal(lambda: SCHEME.verify(request(b"{}", {"Authorization": value}), [secret(LOGIN)]))
        == "signature_mismatch"
    )


def test_a_call_without_the_header_is_refused_as_such() -> None:
    """The operator must not look for a wrong password."""
    assert refusal(lambda: SCHEME.verify(request(b"{}"), [secret(LOGIN)])) == "signature_missing"
    assert refusal(lambda: SCHEME.verify(request(b"{}", {"Authorization": ""}), [secret(LOGIN)])) == "signature_missing"


def test_a_header_that_comes_twice_may_hold_the_login_in_either_and_is_compared_in_constant_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only who knows the password can write it; the fitting one is found no sooner than the others."""
    compared: list[bool] = []
    compare = hmac.compare_digest

    def spy(expected: bytes, candidate: bytes) -> bool:
        compared.append(expected == candidate)
        return compare(expected, candidate)

    monkeypatch.setattr(hmac, "compare_digest", spy)
    sent = request(b"{}", [("Authorization", f"Basic {WRITTEN}"), ("Authorization", "Basic nonsense")])

    assert SCHEME.verify(sent, [secret(LOGIN)]).secret
    assert compared == [True, False]


@pytest.mark.parametrize(
    "value", [b"no-colon-at-all", b":only-a-password", b"a:b", b"user:with\nline", b"user:\xff\xfe-and-more"]
)
def test_a_secret_that_is_no_user_and_password_is_reported(value: bytes) -> None:
    """The complaint comes at start, and has the secret's name but not its value."""
    complaint = SCHEME.secret_complaint(value)

    assert complaint
    assert value.decode("latin-1") not in complaint


def test_it_takes_no_option() -> None:
    """A user would believe that a place that is written and not looked at counts."""
    with pytest.raises(ConfigError) as caught:
        parse(
            '[sources.s]\nid = "id"\nverify = { scheme = "basic", secrets = ["S"], header = "X-Login" }\n[queues.q]\n',
            base=Path(),
        )

    assert "header" in str(caught.value)
    assert PROVIDERS["basic"].options == frozenset()


def test_no_rejected_request_is_kept_that_could_hold_the_password() -> None:
    """Anyone who may read the quarantine could otherwise read the password."""
    assert shows_secret(SCHEME)


@settings(max_examples=examples(100))
@given(
    values=st.lists(
        st.binary(max_size=40) | st.binary(max_size=20).map(lambda raw: b"Basic " + base64.b64encode(raw)), max_size=4
    )
)
def test_no_rubbish_raises_anything_but_rejected(values: list[bytes]) -> None:
    """Outside input that raises anything else is a 503 that the sender repeats for days."""
    headers = Headers([(b"authorization", value) for value in values])
    sent = Request(method="POST", path="/", headers=headers, body=b"{}", received_at=NOW)

    outcome = attempt(lambda: SCHEME.verify(sent, [secret(LOGIN)]))

    assert isinstance(outcome, Rejected | Verified)
    assert isinstance(outcome, Rejected) or WRITTEN.encode() in b"".join(values)
