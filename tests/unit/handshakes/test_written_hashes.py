"""Hashed challenges of generic sources: no answer is the signature of anything that a source takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import parse
from hookline.errors import ConfigError
from hookline.testing import MemoryHome
from unit.handshakes.homes import call, get, home, post, shaking

HASHED = '{ echo = "c", answer = "hmac-sha256" }'
TEMPLATES = [
    "{body}",
    "{timestamp}.{body}",
    "{timestamp}{body}",
    "v0:{timestamp}:{body}",
    "{body}{timestamp}",
    "a={body}",
]
TIME = "1767323045"


def _verify(template: str) -> str:
    timed = ', timestamp_header = "X-Time"' if "{timestamp}" in template else ""
    return f'{{ scheme = "hmac", header = "X-Signature", secrets = ["IT_SECRET"], template = "{template}"{timed} }}'


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=examples(60), deadline=None)
@given(
    st.one_of(
        st.text(max_size=20),
        st.from_regex(r"[-+0-9.eEtrufalsn{}\[\]\"]{1,12}", fullmatch=True),
        st.integers().map(str),
        st.sampled_from(["true", "false", "null", "0", "{}", "[]", '{"a":1}', '"a"']),
    )
)
@example("true")
@example("1")
@example("{}")
def test_no_answer_is_the_signature_of_a_body_that_is_taken(template: str, body: str) -> None:
    """A caller that asks for the hash of exactly what is signed for a body cannot send that body."""
    at = shaking(HASHED, verify=_verify(template))
    signed = template.replace("{timestamp}", TIME).replace("{body}", body)
    answer = get(at, c=signed)

    forged = post(at, body.encode("utf-8", "replace"), X_Time=TIME, X_Signature=answer.body.decode("latin-1") or "none")

    assert forged.status in (400, 401)
    assert forged.event_id is None


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_body_whose_signature_anyone_can_obtain_is_refused_though_it_is_signed(template: str) -> None:
    """The bound that holds for every template: what is hashed holds no object and no array, and no other body is taken."""
    at = shaking(HASHED, verify=_verify(template))

    taken = [at.send("it", body).status for body in (b"true", b"1767323045", b'"a"', b"null", b'{"a": 1}', b"[1]")]

    assert taken == [400, 400, 400, 400, 202, 202]


@pytest.mark.parametrize(
    "challenge", ["true", "12", "1e5", "null", "{}", "a b", "a:b", 'a"', "a{b", "a[b", "é", "x" * 129, "", "a\nb"]
)
def test_what_could_be_a_body_is_not_hashed(challenge: str) -> None:
    """A challenge that no sender asks for is refused too."""
    answer = get(shaking(HASHED), c=challenge)

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")


def test_a_signed_challenge_may_be_a_number() -> None:
    """Only the sender can ask, who has the key anyway; and its bodies may be anything that is JSON."""
    at = shaking('{ echo = "code", in = "body", when = { type = "verify" }, answer = "hmac-sha256" }')

    assert at.send("it", b'{"type": "verify", "code": "12"}').status == 200
    assert at.send("it", b'{"type": "verify", "code": 12}').status == 400
    assert at.send("it", b"true").status == 202


def test_a_stranger_gets_no_hash_of_a_signed_challenge() -> None:
    """The header of another call does not help either."""
    at = shaking('{ echo = "code", in = "body", when = { type = "verify" }, answer = "hmac-sha256" }')
    heard = at.request("it", b'{"type": "verify", "code": "12"}').headers.get("X-Signature") or ""

    assert post(at, b'{"type": "verify", "code": "13"}', X_Signature=heard).status == 401


def test_the_newest_secret_hashes_where_nothing_is_signed() -> None:
    """The first secret of the list, as for named senders."""
    toml = f'[sources.it]\nverify = {_verify("{body}")}\nid = "content-hash"\nhandshake = {HASHED}\n[queues.all]\n'
    both = parse(toml.replace('["IT_SECRET"]', '["NEW", "IT_SECRET"]'), base=Path())
    new = parse(toml.replace('["IT_SECRET"]', '["NEW"]'), base=Path())
    secrets = {"NEW": b"the-new-secret-of-it", "IT_SECRET": b"a-secret-for-this-test-only"}

    answers = [
        MemoryHome(one, {name: secrets[name] for name in one.secret_names}).post(call("GET", query="c=abc"))
        for one in (both, new)
    ]

    assert answers[0].body == answers[1].body


def _complaints(toml: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse(f"{toml}\n[queues.all]\n", base=Path())
    return [f"{one.where.partition(' ')[0]}: {one.why}" for one in raised.value.complaints]


IT = '[sources.it]\nverify = { scheme = "hmac", header = "X-Signature", secrets = ["IT"] }\nid = "content-hash"\n'


def test_another_media_type_is_refused() -> None:
    """A text could be a challenge."""
    (complaint,) = _complaints(f'{IT}handshake = {HASHED}\nmedia_types = ["application/json", "text/plain"]')

    assert complaint.startswith(
        "sources.it.media_types: challenges are signed with the key that verifies this source's bodies"
    )


@pytest.mark.parametrize("scheme", ["none", "standard-webhooks", "stripe", "github"])
def test_secrets_whose_use_is_not_known_hash_nothing(scheme: str) -> None:
    """What these sign in addition to bodies, nobody has looked at here."""
    secrets = "" if scheme == "none" else ', secrets = ["IT"]'
    (complaint,) = _complaints(
        f'[sources.it]\nverify = {{ scheme = "{scheme}"{secrets} }}\nid = "content-hash"\nhandshake = {HASHED}'
    )

    assert complaint.startswith("sources.it.handshake.answer: only the schemes hmac and token")


def test_another_source_with_the_same_secret_must_have_the_same_bounds() -> None:
    """A signature that one source gives must not be valid at another."""
    other = '[sources.other]\nverify = { scheme = "hmac", header = "X-S", secrets = ["IT"] }\nid = "content-hash"\n'
    (complaint,) = _complaints(f"{IT}handshake = {HASHED}\n{other}")

    assert complaint.startswith("sources.other.verify.secrets: the source it signs challenges from anyone with IT")
    assert parse(f"{IT}handshake = {HASHED}\n{other}handshake = {HASHED}\n[queues.all]\n", base=Path()).sources


def test_x_has_the_same_bounds() -> None:
    """X's handshake hashes a text for anyone, so events must be objects or arrays."""
    at = home("x")

    assert [at.send("it", json.dumps(body).encode()).status for body in (1, {"a": 1})] == [400, 200]
