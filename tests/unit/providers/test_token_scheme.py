"""``token``: the secret itself at one place, compared as a secret and never guessed where it occurs twice."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from hookline.providers.scheme import OptionError, ReadsFields, SignsInside, SignsQuery
from hookline.providers.signing import signed_request
from hookline.testing import MemoryHome
from unit.builders import NOW, attempt, refusal, request, secret

if TYPE_CHECKING:
    from hookline.providers.scheme import Scheme

KEY = b"a-token-of-some-length"
OTHER = b"another-token-of-some-length"
FORM = {"content-type": "application/x-www-form-urlencoded"}
PLACES: dict[str, dict[str, object]] = {
    "header": {"header": "X-Token"},
    "headers": {"header": ["X-Token", "X-Old-Token"]},
    "prefix": {"header": "X-Token", "prefix": "key="},
    "authorization": {"header": "Authorization", "prefix": "Token "},
    "bearer": {"bearer": True},
    "query": {"query": "token"},
    "body": {"body": "meta.token"},
    "form": {"body": "token"},
}


def built(**options: object) -> Scheme:
    """The scheme with these options."""
    return PROVIDERS["token"].build(options)


def called(place: str, token: str) -> Request:
    """A call with ``token`` at this place, as a sender would write it."""
    return {
        "header": request(b"{}", {"x-token": token}),
        "headers": request(b"{}", {"X-Old-Token": token}),
        "prefix": request(b"{}", {"X-Token": f"key={token}"}),
        "authorization": request(b"{}", {"Authorization": f"Token {token}"}),
        "bearer": request(b"{}", {"Authorization": f"Bearer {token}"}),
        "query": replace(request(b"{}"), query=f"a=b&token={token}"),
        "body": request(json.dumps({"id": 1, "meta": {"token": token}}).encode()),
        "form": request(f"a=b&token={token}".encode(), FORM),
    }[place]


@pytest.mark.parametrize("place", PLACES)
def test_the_secret_is_taken_at_its_place_and_nothing_else_is(place: str) -> None:
    """Any of several secrets fits, so that one can be replaced; a sender without one is refused."""
    scheme = built(**PLACES[place])
    secrets = [secret(OTHER, "OLD"), secret(KEY, "NEW")]

    assert scheme.verify(called(place, KEY.decode()), secrets).secret == "NEW"
    assert scheme.verify(called(place, OTHER.decode()), secrets).secret == "OLD"
    for wrong in (KEY.decode()[:-1], KEY.decode() + "x", KEY.decode().upper(), "x"):
        assert refusal(lambda wrong=wrong: scheme.verify(called(place, wrong), secrets)) == "signature_mismatch"  # type: ignore[misc]  # bound immediately
    assert refusal(lambda: scheme.verify(request(b"{}"), secrets)) == "signature_missing"
    assert refusal(lambda: scheme.verify(called(place, ""), [secret(b"")])) in {
        "signature_missing",
        "signature_mismatch",
    }
    assert refusal(lambda: scheme.verify(called(place, KEY.decode()), [])) == "signature_mismatch"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("other", PLACES)
def test_a_secret_at_another_place_proves_nothing(place: str, other: str) -> None:
    """A proxy logs queries, a page shows bodies: the source's own place is the one that is protected."""
    same = {("header", "headers"), ("headers", "header")}
    if place == other or (place, other) in same:
        return

    outcome = attempt(lambda: built(**PLACES[place]).verify(called(other, KEY.decode()), [secret(KEY)]))

    assert isinstance(outcome, Rejected)


@pytest.mark.parametrize("place", [place for place in PLACES if place != "form"])
def test_what_hookline_sends_is_what_it_takes(place: str) -> None:
    """`hookline send` must send what the sender does, at every place."""
    config = parse(f"{_source(PLACES[place])}[queues.q]\n", base=Path())
    (source,) = config.sources
    scheme = config.schemes["s"]

    sent = signed_request(source, scheme, KEY, b'{"id": 1}', delivery_id="d", at=NOW)

    assert scheme.verify(sent, [secret(KEY)]).secret == "A_SECRET"
    assert isinstance(scheme, SignsInside) == (place == "body")
    assert isinstance(scheme, SignsQuery) == (place == "query")


def test_a_form_is_sent_with_the_token_in_it() -> None:
    """A body that is not a JSON object can only be a form."""
    scheme = built(body="token")
    assert isinstance(scheme, SignsInside)

    body = scheme.signed_body(b"a=b", secret=b"a token & more", at=NOW)

    assert body == b"a=b&token=a+token+%26+more"
    assert scheme.verify(request(body, FORM), [secret(b"a token & more")]).secret


def _source(options: dict[str, object]) -> str:
    verify = ", ".join(f"{name} = {json.dumps(value)}" for name, value in options.items())
    return f'[sources.s]\nid = "id"\nverify = {{ scheme = "token", secrets = ["S"], {verify} }}\n'


@pytest.mark.parametrize(
    "values", [["nonsense", KEY.decode()], [KEY.decode(), "nonsense"], [KEY.decode(), KEY.decode()]]
)
def test_a_header_that_comes_twice_may_hold_the_secret_in_either(values: list[str]) -> None:
    """Only who knows the secret can write it; a proxy that adds a header of the same name must not stop the sender."""
    sent = request(b"{}", [("X-Token", value) for value in values])

    assert built(header="X-Token").verify(sent, [secret(KEY)]).secret
    assert refusal(lambda: built(header="X-Token").verify(sent, [secret(OTHER)])) == "signature_mismatch"


@pytest.mark.parametrize("place", ["query", "body", "form"])
@pytest.mark.parametrize("first", [True, False])
def test_a_field_that_occurs_twice_with_different_values_is_refused_whichever_fits(place: str, first: bool) -> None:  # noqa: FBT001 -- a case of the table
    """Every reader must find the same token as the one that proved the sender."""
    one, two = (KEY.decode(), "nonsense") if first else ("nonsense", KEY.decode())
    options = PLACES["query" if place == "query" else "body" if place == "body" else "form"]
    text = _source(options).replace(
        "[sources.s]\n", '[sources.s]\nmedia_types = ["application/json", "application/x-www-form-urlencoded"]\n'
    )
    text = text.replace('id = "id"', 'id = "content-hash"')
    home = MemoryHome(parse(f"{text}[queues.q]\n", base=Path()), {"S": KEY}, start=NOW)
    twice = {
        "query": replace(request(b"{}", {"content-type": "application/json"}), query=f"token={one}&token={two}"),
        "body": request(
            f'{{"meta": {{"token": "{one}", "token": "{two}"}}}}'.encode(), {"content-type": "application/json"}
        ),
        "form": request(f"token={one}&token={two}".encode(), FORM),
    }[place]

    answer = home.post(replace(twice, path="/webhook/s"))

    assert answer.status in {400, 401}
    assert home.queues.peek("q") == []
    genuine = home.post(replace(called(place, KEY.decode()), path="/webhook/s", headers=twice.headers))
    assert genuine.status == 202


def test_the_fields_are_declared_for_the_check_of_repeated_names() -> None:
    """A second value would otherwise not be noticed."""
    for place, options in PLACES.items():
        scheme: Any = built(**options)
        assert isinstance(scheme, ReadsFields) == (place in {"query", "body", "form"})
    body: Any = built(body="meta.token")
    assert body.signed.members == (("meta", "token"),)
    assert body.signed.form == {"meta.token"}


@pytest.mark.parametrize(
    "written", ["token  a-token-of-some-length", "TOKEN a-token-of-some-length", "Token a-token-of-some-length "]
)
def test_the_name_of_an_authentication_scheme_has_no_case_and_any_space(written: str) -> None:
    """RFC 9110 sections 5.5 and 11.4."""
    scheme = built(**PLACES["authorization"])

    assert scheme.verify(request(b"{}", {"authorization": written}), [secret(KEY)]).secret


@pytest.mark.parametrize(
    "written",
    [
        "Tokena-token-of-some-length",
        "Basic a-token-of-some-length",
        "a-token-of-some-length",
        "xToken a-token-of-some-length",
    ],
)
def test_another_authentication_scheme_is_refused(written: str) -> None:
    """A sender always writes the same prefix."""
    sent = request(b"{}", {"authorization": written})

    assert refusal(lambda: built(**PLACES["authorization"]).verify(sent, [secret(KEY)])) == "signature_mismatch"


def test_the_whole_value_of_authorization_may_be_the_secret() -> None:
    """Okta sends the configured value, including the scheme's name."""
    scheme = built(header="Authorization")

    for written in ("Basic a-token-of-some-length", "basic  a-token-of-some-length"):
        assert scheme.verify(request(b"{}", {"authorization": written}), [secret(b"Basic " + KEY)]).secret
    sent = request(b"{}", {"authorization": "Basic A-TOKEN-of-some-length"})
    assert refusal(lambda: scheme.verify(sent, [secret(b"Basic " + KEY)])) == "signature_mismatch"


@pytest.mark.parametrize("token", [7, True, None, ["a-token-of-some-length"], {"a": 1}, ""])
def test_a_member_that_is_no_text_is_no_token(token: object) -> None:
    """A number is not the text that the secret is."""
    sent = request(json.dumps({"meta": {"token": token}}).encode())

    assert refusal(lambda: built(body="meta.token").verify(sent, [secret(b"7"), secret(KEY)])) == "signature_missing"


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({}, "header"),
        ({"header": "X-Token", "query": "token"}, "query"),
        ({"bearer": True, "body": "token"}, "body"),
        ({"header": "A", "bearer": True}, "bearer"),
        ({"bearer": False}, "bearer"),
        ({"bearer": "yes"}, "bearer"),
        ({"header": ""}, "header"),
        ({"header": []}, "header"),
        ({"header": ["A", 1]}, "header"),
        ({"header": ["A", "a"]}, "header"),
        ({"header": [f"A{number}" for number in range(9)]}, "header"),
        ({"header": "two words"}, "header"),
        ({"query": 1}, "query"),
        ({"query": ""}, "query"),
        ({"body": "a..b"}, "body"),
        ({"body": ""}, "body"),
        ({"body": ["a"]}, "body"),
        ({"body": "token", "prefix": "x"}, "prefix"),
        ({"bearer": True, "prefix": "x"}, "prefix"),
        ({"prefix": "x"}, "prefix"),
        ({"header": "A", "prefix": " x"}, "prefix"),
        ({"header": "A", "prefix": "ü"}, "prefix"),
        ({"header": "A", "prefix": 1}, "prefix"),
    ],
)
def test_an_option_that_leaves_open_where_the_token_is_is_refused(options: dict[str, object], option: str) -> None:
    """With two places the weaker one would decide."""
    with pytest.raises(OptionError) as refused:
        built(**options)

    assert refused.value.option == option


def test_a_place_that_is_not_written_is_a_complaint_of_the_file() -> None:
    """The complaint names the key and the line."""
    with pytest.raises(ConfigError) as caught:
        parse('[sources.s]\nid = "id"\nverify = { scheme = "token", secrets = ["S"] }\n[queues.q]\n', base=Path())

    assert "sources.s.verify.header" in str(caught.value)


@pytest.mark.parametrize(
    "value", [b"short", "ünprintable-token".encode(), b"with\nline-and-more", b" blank-at-the-edge"]
)
def test_a_secret_that_cannot_be_sent_or_is_short_is_reported(value: bytes) -> None:
    """The complaint comes at start, and has the secret's name but not its value."""
    complaint = built(header="X-Token").secret_complaint(value)

    assert complaint
    assert value.decode() not in complaint
    assert built(header="X-Token").secret_complaint(KEY) is None


@pytest.mark.parametrize("place", PLACES)
def test_no_rejected_request_is_kept_that_could_hold_the_secret(place: str) -> None:
    """A call to a wrong path may hold the new secret, which readers of the quarantine must not see."""
    assert shows_secret(built(**PLACES[place]))


def test_every_candidate_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of the comparison must not show which candidate was right."""
    compared: list[bool] = []
    compare = hmac.compare_digest

    def spy(expected: bytes, candidate: bytes) -> bool:
        compared.append(expected == candidate)
        return compare(expected, candidate)

    monkeypatch.setattr(hmac, "compare_digest", spy)
    sent = request(b"{}", [("X-Token", KEY.decode()), ("X-Token", "nonsense")])

    built(header="X-Token").verify(sent, [secret(KEY)])

    assert compared == [True, False]


texts = st.text(max_size=30) | st.sampled_from([KEY.decode(), "Bearer x", "token=", "key=", "%ff%00", "a&" * 3000])


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=examples(60))
@given(
    fields=st.lists(
        st.tuples(st.sampled_from([b"x-token", b"authorization", b"content-type"]), st.binary(max_size=40)), max_size=5
    ),
    query=texts,
    body=st.binary(max_size=60) | texts.map(str.encode),
)
def test_no_rubbish_raises_anything_but_rejected(
    place: str, fields: list[tuple[bytes, bytes]], query: str, body: bytes
) -> None:
    """Outside input that raises anything else is a 503 that the sender repeats for days."""
    sent = Request(method="POST", path="/", headers=Headers(fields), body=body, received_at=NOW, query=query)

    outcome = attempt(lambda: built(**PLACES[place]).verify(sent, [secret(KEY)]))

    assert isinstance(outcome, Rejected | Verified)
    assert isinstance(outcome, Rejected) or KEY in body + query.encode() + b"".join(value for _, value in fields)
