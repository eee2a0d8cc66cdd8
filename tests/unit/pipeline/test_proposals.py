"""Sources that are proposed for one request: what is found, what is said of it, and what the search may cost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.pipeline.proposals import propose
from hookline.pipeline.proposals.search import Budget
from hookline.pipeline.proposals.words import proposals_document, proposals_lines
from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.asymmetric import key_pair, signature_by
from unit.builders import NOW
from unit.providers.web_tokens import PAIRS, SHARED, claims, pair, pem_of, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.pipeline.proposals import Proposal, Proposals

KEY = b"5f1a3c9e7b2d4f60aabbccddeeff0011"
BODY = b'{"event_id": "evt_1", "type": "paid", "amount": 5, "created_at": "2026-01-02T03:04:05Z"}'
AT = str(int(NOW.timestamp()))
URL = "https://hooks.example.com/in/shop"
SECRETS = [Secret(name="SHOP_SECRET", value=KEY)]


def sent(
    headers: Mapping[str, str], body: bytes = BODY, query: str = "", media_type: str = "application/json"
) -> Request:
    """A call that was recorded years after it was made."""
    fields = {"content-type": media_type, "host": "hooks.example.com", "user-agent": "sender/1", **headers}
    return Request(
        method="POST",
        path="/",
        query=query,
        headers=Headers((name.encode(), value.encode("latin-1")) for name, value in fields.items()),
        body=body,
        received_at=NOW + timedelta(days=900),
    )


def found(request: Request, secrets: Sequence[Secret] = SECRETS, url: str | None = URL) -> Proposals:
    """The proposals, without the senders that have a name."""
    return propose(request, secrets, url=url, name="shop", named=())


def best(request: Request, secrets: Sequence[Secret] = SECRETS, url: str | None = URL) -> Proposal:
    """The strongest, which has to be there."""
    return found(request, secrets, url).found[0]


def mac(text: bytes, algorithm: str = "sha256", key: bytes = KEY) -> bytes:
    """An HMAC, by Python's own library."""
    return hmac.new(key, text, algorithm).digest()


def b64(raw: bytes) -> str:
    """Base64."""
    return base64.b64encode(raw).decode()


def t(text: str) -> bytes:
    """A text before the body."""
    return text.encode() + BODY


SIGNED: Mapping[str, tuple[dict[str, str], dict[str, object]]] = {
    "in base64 by SHA-512": ({"x-sig": b64(mac(BODY, "sha512"))}, {"algorithm": "sha512", "encoding": "base64"}),
    "without padding": ({"x-sig": b64(mac(BODY)).rstrip("=")}, {"encoding": "base64"}),
    "behind the name of a scheme": ({"authorization": f"HMAC {mac(BODY).hex()}"}, {"header": "Authorization", "prefix": "HMAC "}),
    "in one of several headers": (
        {"x-request-id": "ab" * 16, "x-sig": mac(BODY).hex(), "etag": "cd" * 32},
        {"header": "X-Sig"},
    ),
    "one of two versions": ({"x-sig": f"v0={'0' * 64},v1={mac(BODY).hex()}"}, {"prefix": "v1="}),
    "with a time by its name": (
        {"x-sig": f"ts={AT};h1={mac(t(f'{AT}:')).hex()}"},
        {"separator": ";", "fields": {"timestamp": "ts", "signature": "h1"}, "template": "{timestamp}:{body}"},
    ),
    "with a time by its place": (
        {"x-sig": f"{AT}000,{mac(t(f'{AT}000.')).hex()}"},
        {"fields": {"timestamp": 1, "signature": 2}, "timestamp_format": "milliseconds"},
    ),
    "with a time in lines": (
        {"x-sig": mac(f"{AT}\nabc\n".encode() + BODY + b"\n").hex(), "x-ts": AT, "x-nonce": "abc"},
        {"template": "{timestamp}\n{header:X-Nonce}\n{body}\n"},
    ),
    "with an HTTP date": (
        {"x-sig": mac(t("Fri, 02 Jan 2026 03:04:05 GMT|")).hex(), "date": "Fri, 02 Jan 2026 03:04:05 GMT"},
        {"timestamp_header": "Date", "timestamp_format": "http-date", "template": "{timestamp}|{body}"},
    ),
    "with a version": ({"x-sig": f"v3={mac(t(f'v3.{AT}.')).hex()}", "x-ts": AT}, {"prefix": "v3=", "template": "v3.{timestamp}.{body}"}),
    "with the id of the delivery": (
        {"x-sig": mac(t(f"d-1.{AT}.")).hex(), "x-ts": AT, "x-delivery-id": "d-1"},
        {"id_header": "X-Delivery-Id", "template": "{id}.{timestamp}.{body}"},
    ),
    "with the line of the request": (
        {"x-sig": mac(f"{AT}POST/in/shop".encode() + BODY).hex(), "x-ts": AT},
        {"template": "{timestamp}{method}{path}{body}"},
    ),
    "with the URL behind a time": (
        {"x-sig": mac(f"{AT}.{URL}.".encode() + BODY).hex(), "x-ts": AT},
        {"template": "{timestamp}.{url}.{body}"},
    ),
    "joined in two ways": (
        {"x-sig": mac(f"m-7:{AT}.".encode() + BODY).hex(), "x-ts": AT, "x-merchant": "m-7"},
        {"template": "{header:X-Merchant}:{timestamp}.{body}"},
    ),
    "over a digest of the body": (
        {"x-sig": mac(f"POST\n/in/shop\n{hashlib.sha256(BODY).hexdigest()}".encode()).hex()},
        {"template": "{method}\n{path}\n{body_sha256}"},
    ),
    "over a member of the body": ({"x-sig": mac(t(f"evt_1.{AT}.")).hex(), "x-ts": AT}, {"template": "{json:event_id}.{timestamp}.{body}"}),
    "by the digest of the secret": ({"x-sig": mac(BODY, key=hashlib.sha256(KEY).digest()).hex()}, {"secret_encoding": "sha256"}),
    "by the secret in hex": ({"x-sig": mac(BODY, key=bytes.fromhex(KEY.decode())).hex()}, {"secret_encoding": "hex"}),
    "by SHA-1": ({"x-sig": mac(BODY, "sha1").hex()}, {"algorithm": "sha1"}),
    "by a plain digest": ({"x-sig": hashlib.sha256(KEY + BODY).hexdigest()}, {"algorithm": "sha256-plain"}),
    "by a plain digest with a time": (
        {"x-sig": hashlib.md5(BODY + AT.encode() + KEY).hexdigest(), "x-ts": AT},  # noqa: S324 -- a sender's own
        {"algorithm": "md5-plain", "template": "{body}{timestamp}{secret}"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SIGNED)
def test_what_is_signed_is_found_in_the_words_of_the_options(case: str) -> None:
    """Signed by Python's own library, so that no code of hookline is on both sides."""
    headers, wanted = SIGNED[case]

    proposal = best(sent(headers))

    assert wanted.items() <= {**proposal.options}.items()
    assert bool(proposal.weakness) is any(word in case for word in ("SHA-1", "plain"))


@pytest.mark.parametrize("algorithm", ["ed25519", "ecdsa-sha256", "rsa-sha256", "rsa-pss-sha512", "ecdsa-sha1"])
@pytest.mark.parametrize("form", ["der", "raw"])
def test_a_public_key_for_a_secret_is_tried_as_one(algorithm: str, form: str) -> None:
    """The sender's page shows a key, and does not say by which padding or hash it signs."""
    private, public = key_pair(algorithm)
    signature = signature_by(algorithm, private.encode(), f"{AT}.".encode() + BODY, form=form)

    proposal = best(sent({"x-sig": b64(signature), "x-ts": AT}), [Secret(name="KEY", value=public.encode())])

    assert proposal.scheme == "public-key"
    assert proposal.options.get("algorithm", "ed25519") == algorithm
    assert proposal.options["template"] == "{timestamp}.{body}"
    assert "the time" not in proposal.unsigned


@pytest.mark.parametrize(
    ("headers", "query", "body", "wanted"),
    [
        ({"x-api-key": KEY.decode()}, "", BODY, {"header": "X-Api-Key"}),
        ({"authorization": f"Bearer {KEY.decode()}"}, "", BODY, {"bearer": True}),
        ({"x-token": f"tok {KEY.decode()}"}, "", BODY, {"header": "X-Token", "prefix": "tok "}),
        ({}, f"a=1&key={KEY.decode()}", BODY, {"query": "key"}),
        ({}, "", b'{"auth": {"token": "%s"}}' % KEY, {"body": "auth.token"}),
    ],
)
def test_a_secret_inside_the_call_is_found_and_called_weak(
    headers: dict[str, str], query: str, body: bytes, wanted: dict[str, object]
) -> None:
    """Some senders have nothing else, and it proves nothing about the body."""
    proposal = best(sent(headers, body, query))

    assert (proposal.scheme, proposal.options) == ("token", wanted)
    assert proposal.weakness == "no part of the body is signed"
    assert "the body" in proposal.unsigned


def test_basic_authentication_is_found() -> None:
    """It consists of a user and a password."""
    pair = b"hookline:a-long-password"

    proposal = best(sent({"authorization": f"Basic {b64(pair)}"}), [Secret(name="PAIR", value=pair)])

    assert (proposal.scheme, proposal.weakness) == ("basic", "no part of the body is signed")


@pytest.mark.parametrize("algorithm", [*SHARED, *PAIRS])
def test_a_token_that_is_signed_is_held_to_all_that_it_says(algorithm: str) -> None:
    """Its issuer, its audience and the digest of the body: a token for another audience must not fit."""
    public = KEY * 2 if algorithm in SHARED else pem_of(algorithm)
    said = claims(iss="acme", aud="us", digest=hashlib.sha256(BODY).hexdigest())
    token = signed(said, public if algorithm in SHARED else pair(algorithm), algorithm)

    proposal = best(sent({"x-jwt": token}), [Secret(name="KEY", value=public)])

    assert proposal.scheme == "jwt"
    assert proposal.options == {
        "header": "X-Jwt",
        "algorithms": [algorithm],
        "issuer": "acme",
        "audience": "us",
        "body_hash": {"claim": "digest"},
    }
    assert not proposal.weakness


def test_strong_forms_come_before_weak_ones_and_at_most_five_are_shown() -> None:
    """Some senders write a signature of each kind, and the first block is the one that is copied."""
    names = {
        f"x-sig-{algorithm}": mac(BODY, algorithm).hex() for algorithm in ("md5", "sha1", "sha256", "sha384", "sha512")
    }
    timed = {"x-timed": mac(t(f"{AT}.")).hex(), "x-ts": AT, "x-api-key": KEY.decode()}

    proposals = found(sent({**names, **timed})).found

    assert len(proposals) == 5
    assert proposals[0].options["header"] == "X-Timed"
    assert [bool(one.weakness) for one in proposals] == [False, False, False, False, True]


def test_one_signature_is_one_proposal_however_it_can_be_read() -> None:
    """The time is in the header and in the body too, and the signature has a name and a prefix."""
    body = json.dumps({"timestamp": int(AT), "type": "paid"}).encode()

    proposals = found(sent({"x-sig": f"sha256={mac(AT.encode() + b'.' + body).hex()}", "x-ts": AT}, body)).found

    assert [one.options for one in proposals] == [
        {"header": "X-Sig", "prefix": "sha256=", "timestamp_header": "X-Ts", "template": "{timestamp}.{body}"}
    ]


def test_named_senders_come_first_and_those_that_sign_alike_are_named_together() -> None:
    """The headers next to the signature show which of them sent the request."""
    body = b'{"id": 1, "ref": "refs/heads/main"}'
    signed = {"x-hub-signature-256": f"sha256={mac(body).hex()}"}

    found = propose(
        sent({**signed, "x-github-event": "push", "x-github-delivery": "1-2-3"}, body), SECRETS, name="code"
    ).found

    first, second = found[:2]

    assert (first.scheme, second.scheme) == ("github", "hmac")
    assert "meta" in first.same
    assert "the delivery id (header X-Github-Delivery)" in first.unsigned
    assert "under another id" in first.overheard
    assert 'id = "header:X-Github-Delivery || content-hash"' in second.block


def test_the_id_of_an_object_is_not_taken_for_that_of_an_event() -> None:
    """Two events of one order would be a conflict, and the second would be lost."""
    order, event = b'{"id": 7, "total": 1}', b'{"id": "evt_1", "type": "paid"}'

    blocks = [best(sent({"x-sig": mac(body).hex()}, body)).block for body in (order, event)]

    assert 'id = "content-hash"' in blocks[0]
    assert 'id = "id || content-hash"' in blocks[1]


@pytest.mark.parametrize("name", ["x-account-id", "x-request-id", "x-shop-id", "x-api-version"])
def test_a_header_that_does_not_name_a_delivery_is_no_id(name: str) -> None:
    """With the id of an account every event after the first would be a duplicate."""
    proposal = best(sent({"x-sig": mac(t("a-1.")).hex(), name: "a-1"}, BODY))

    assert "id_header" not in proposal.options
    assert f"header:{name}" not in proposal.block.lower().partition("[sources.shop.verify]")[0]


def test_a_form_is_a_source_of_forms() -> None:
    """The source must read the fields of a form and accept its media type."""
    body = b"event_id=7&type=paid&x=a%20b"
    request = sent(
        {"x-sig": mac(b"event_id7typepaidxa b").hex()},
        body,
        media_type="application/x-www-form-urlencoded; charset=utf-8",
    )

    proposal = best(request)

    assert proposal.options["template"] == "{form}"
    assert 'media_types = ["application/x-www-form-urlencoded"]' in proposal.block
    assert 'id = "form:event_id || content-hash"' in proposal.block


def test_without_the_url_it_is_said_that_none_was_tried() -> None:
    """No other part of a request shows which URL the sender called."""
    request = sent({"x-sig": mac(URL.encode() + BODY).hex()})

    without, with_it = found(request, url=None), found(request)

    assert not without.found
    assert "--url" in without.tried[-1]
    assert with_it.found[0].options["template"] == "{url}{body}"
    assert f'public_url = "{URL}"' in with_it.found[0].block
    assert "the URL" not in with_it.found[0].unsigned


def test_a_request_of_nobody_gets_no_proposal() -> None:
    """No block is better than one that accepts everything."""
    proposals = propose(sent({"x-sig": "0" * 64, "x-ts": AT}), SECRETS, url=URL)

    assert proposals.found == []
    assert proposals_lines(proposals)[0].startswith("No configuration matches.")
    assert "none" not in {one.scheme for one in proposals.found}


def test_every_proposal_is_a_source_that_takes_this_call_and_not_another_body() -> None:
    """The printed block is the one that was tried."""
    for headers, _ in SIGNED.values():
        request = sent(headers)
        for proposal in found(request).found:
            scheme = parse(f"{proposal.block}\n[queues.q]\n", base=Path()).sources[0].verifier
            fresh = replace(request, received_at=proposal.moment)

            assert scheme.verify(fresh, SECRETS).secret == "SHOP_SECRET"
            with pytest.raises(Exception, match="matches the exact bytes"):
                scheme.verify(replace(fresh, body=BODY.replace(b"5", b"6", 1)), SECRETS)


def test_nothing_that_is_said_holds_the_secret_or_a_signature() -> None:
    """Users paste the output into tickets and keep it with the code."""
    requests = [sent(headers) for headers, _ in SIGNED.values()]
    requests += [
        sent({"x-api-key": KEY.decode()}),
        sent({"authorization": f"Bearer {KEY.decode()}"}),
        sent({"x-sig": "0" * 64}),
    ]
    for request in requests:
        proposals = propose(request, SECRETS, url=URL)
        said = (
            "\n".join(proposals_lines(proposals)) + json.dumps(proposals_document("shop", proposals)) + repr(proposals)
        )
        for words in (KEY.decode(), *(value for name, value in request.headers.items() if "sig" in name)):
            assert words not in said


DIGESTS = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(6000)]
USUAL = {"x-sig": DIGESTS[0], "x-ts": AT, "x-nonce": "abc", "x-event-id": "e-1", "x-merchant": "m", "x-type": "t"}
HOSTILE: Mapping[str, Callable[[], Request]] = {
    "a large body": lambda: sent(USUAL, b'{"x": "%s"}' % (b"a" * 16_000_000)),
    "thousands of signatures": lambda: sent({f"x-sig-{number}": one for number, one in enumerate(DIGESTS)} | USUAL),
    "thousands of times": lambda: sent({f"x-time-{number}": str(int(AT) + number) for number in range(5000)} | USUAL),
    "one long header": lambda: sent({**USUAL, "x-sig": ",".join(DIGESTS)}),
    "a header of fields": lambda: sent({**USUAL, "x-sig": ";".join(f"a{place}={one}" for place, one in enumerate(DIGESTS[:40]))}),
    "a header of separators": lambda: sent({**USUAL, "x-sig": ",=;:. |&_" * 400}),
    "deep JSON": lambda: sent(USUAL, b"[" * 200_000),
    "wide JSON": lambda: sent(USUAL, json.dumps({f"k{one}": {f"t{two}": int(AT) for two in range(50)} for one in range(2000)}).encode()),
    "a form of thousands": lambda: sent(USUAL, b"a=b&" * 5000, media_type="application/x-www-form-urlencoded"),
    "a token of another kind": lambda: sent({**USUAL, "authorization": "Bearer " + ".".join(["e30" * 900] * 3)}),
    "broken text": lambda: sent({**USUAL, "x-a": "\xff", "date": "Fri, 99 Jan 2026 03:04:05 GMT", "x-at": "2026-13-45T99:99Z"}, b"\xff{"),
}  # fmt: skip
"""Requests that would cost much if the search had no bounds."""


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE)
def test_no_request_makes_the_search_work_for_long(case: str) -> None:
    """Its operator waits for it, and the file may be anybody's. About ten times of what is measured."""
    request, public = HOSTILE[case](), Secret(name="KEY", value=key_pair("ed25519")[1].encode())
    begun = time.process_time()

    proposals = propose(request, [*SECRETS, public], url=URL)

    assert proposals.found == []
    assert time.process_time() - begun < 30


def test_a_search_that_reaches_its_limit_says_so_and_shows_what_it_has() -> None:
    """A form that was not reached is not excluded."""
    headers = {"x-first": mac(BODY).hex(), "x-second": "0" * 64, "x-ts": AT}

    proposals = propose(sent(headers), SECRETS, name="shop", named=(), budget=Budget(digests=50))

    assert [one.options for one in proposals.found] == [{"header": "X-First"}]
    assert proposals.is_cut
    assert "limit" in proposals_lines(proposals)[-1]
    assert proposals_document("shop", proposals)["limited"] is True


@settings(deadline=None, max_examples=examples(100))
@given(
    fields=st.lists(
        st.tuples(
            st.sampled_from(
                ["x-signature", "authorization", "x-timestamp", "stripe-signature", "webhook-id", "date", "x-sig-1"]
            ),
            st.sampled_from(
                [f"t={AT},v1={'0' * 64}", "v1,AAAA", "Basic YTpi", "a.b.c", AT, "sha256=", "=" * 9, "0" * 64, ""]
            )
            | st.text(st.characters(max_codepoint=255), max_size=60),
        ),
        max_size=6,
    ),
    body=st.binary(max_size=60) | st.sampled_from([b'{"id": 1e999}', b"[]", b'{"": {"": 1}}', b'{"a.b": 1700000000}']),
    query=st.text(max_size=12),
    secret=st.binary(max_size=40) | st.sampled_from([b"", b"whsec_", b"_", b"00", b"a:b"]),
    url=st.none() | st.text(max_size=20),
    media_type=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "", "\xff"]),
)
def test_nothing_is_too_strange_to_be_looked_at(
    fields: list[tuple[str, str]], body: bytes, query: str, secret: bytes, url: str | None, media_type: str
) -> None:
    """Users run this command for requests that they do not understand."""
    request = sent(dict(fields), body, query, media_type)

    proposals = propose(request, [Secret(name="S", value=secret)], url=url, budget=Budget(digests=500, paired=10))

    for proposal in proposals.found:
        assert proposal.scheme in {*PROVIDERS, *GENERAL}
        assert proposal.scheme != "none"


@pytest.mark.parametrize(
    ("headers", "body", "note"),
    [
        ({"x-sig": b64(mac(b"[2]"))}, b"[2]", "base64 and base64url write this signature alike"),
        ({"x-sig": mac(t(f"{AT}.")).hex(), "x-ts": AT, "x-at": AT}, BODY, "X-At has the same time"),
        ({"x-sig": mac(b'{"sent": %s}' % AT.encode()).hex()}, b'{"sent": %s}' % AT.encode(), 'timestamp_body = "sent"'),
        ({"x-sig": mac(BODY.replace(b"created_at", b"made")).hex()}, BODY.replace(b"created_at", b"made"), 'timestamp_body = "made"'),
    ],
)  # fmt: skip
def test_what_one_request_cannot_show_is_said(headers: dict[str, str], body: bytes, note: str) -> None:
    """Otherwise the second request would be refused without a visible reason."""
    proposal = best(sent(headers, body))

    assert any(note in one for one in proposal.notes)
    assert f"One request does not show: {proposal.notes[0]}." in "\n".join(proposals_lines(found(sent(headers, body))))


@pytest.mark.parametrize("name", ["webhookTimestamp", "dispatched_at", "meta.deliveryAttemptTimestamp"])
def test_a_time_of_the_attempt_in_the_body_is_compared_with_now(name: str) -> None:
    """It is signed with the body: without it an overheard call would verify for as long as the secret is in use."""
    *outer, last = name.split(".")
    document: object = {last: int(AT)}
    for one in outer:
        document = {one: document}
    body = json.dumps(document).encode()

    first, second = found(sent({"x-sig": mac(body).hex()}, body)).found

    assert first.options == {"header": "X-Sig", "timestamp_body": name}
    assert second.options == {"header": "X-Sig"}


def test_a_shared_secret_that_looks_like_a_public_key_is_still_tried_as_one() -> None:
    """32 bytes in base64 are an Ed25519 key, too."""
    value = base64.b64encode(b"0123456789abcdef0123456789abcdef")
    headers = {f"x-other-{number}": one + one for number, one in enumerate(DIGESTS[:20])}

    proposals = found(sent({**USUAL, **headers, "x-sig": mac(BODY, key=value).hex()}), [Secret(name="S", value=value)])

    assert proposals.found[0].options == {"header": "X-Sig"}
