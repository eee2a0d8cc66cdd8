"""Any request to a source whose sender does handshakes ends in a reply, in nothing, or in a refusal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.errors import Rejected
from hookline.pipeline.handshake import answer_handshake, find_handshake
from hookline.providers import PROVIDERS
from hookline.runtimes.answers import handshake_answer
from unit.handshakes.homes import AT, HMAC, URL, config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.source import Source

SHAKERS = [name for name, provider in PROVIDERS.items() if provider.handshakes and not provider.needs_keys]
WORDS = [
    "challenge", "crc_token", "hub.mode", "subscribe", "hub.verify_token", "hub.challenge", "bt_challenge", "validationToken",
    "challenge_code", "type", "url_verification", "event", "endpoint.url_validation", "payload", "plainToken", "events",
    "verification_token", "webhook_id", "Type", "SubscriptionConfirmation", "SubscribeURL", "x" * 20, "",
]  # fmt: skip
HEADERS = [
    "x-hook-secret",
    "x-okta-verification-challenge",
    "twitch-eventsub-message-type",
    "content-type",
    "x-slack-signature",
    "webhook-request-origin",
]

texts = st.sampled_from(WORDS) | st.text(max_size=20)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
bodies = (
    st.binary(max_size=60)
    | documents.map(lambda document: json.dumps(document).encode())
    | texts.map(lambda text: text.encode("utf-8", "replace"))
)
queries = st.lists(st.tuples(texts, texts), max_size=4).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
) | st.text(max_size=40)
headers = st.lists(st.tuples(st.sampled_from(HEADERS).map(str.encode), st.binary(max_size=40)), max_size=3)


@pytest.mark.parametrize("scheme", SHAKERS)
@settings(max_examples=examples(60), deadline=None)
@given(method=st.sampled_from(["GET", "HEAD", "POST", "PUT"]), body=bodies, query=queries, fields=headers)
def test_nothing_that_is_sent_raises_anything_else(
    scheme: str, method: str, body: bytes, query: str, fields: list[tuple[bytes, bytes]]
) -> None:
    """Anyone can send these calls, and most of them come before any signature is checked."""
    tokens = ", ".join(
        f'{option} = "TOKEN_OF_{index}"' for index, option in enumerate(sorted(PROVIDERS[scheme].token_options))
    )
    source = parse(
        config(scheme, more=tokens, source=f'public_url = "{URL}"' if PROVIDERS[scheme].needs_url else ""), base=Path()
    ).sources[0]
    request = Request(method=method, path=source.path, query=query, headers=Headers(fields), body=body, received_at=AT)

    status = _status(request, source)

    assert status in (200, 204, 400, 401, 403, None)


WRITTEN = [
    '{ echo = "challenge" }',
    '{ echo = "challenge", in = "body", when = { type = "url_verification" }, signed = false }',
    '{ echo = "payload.plainToken", in = "body", when = { event = "endpoint.url_validation" }, answer = "hmac-sha256" }',
    '{ echo = "x-hook-secret", in = "header", method = "POST", signed = false, as = "header" }',
    '{ echo = "crc_token", answer = "hmac-sha256", as = "json", repeat = "code" }',
    '{ echo = "hub.challenge", when = { "hub.mode" = "subscribe" }, token = "hub.verify_token", token_secret = "TOKEN_OF_0", as = "json" }',
    '{ token = "challenge", token_secret = "TOKEN_OF_0" }',
    '[{ text = "abc" }, { method = "HEAD" }, { method = "POST", when = { "body:type" = "url_verification" } }]',
    '[{ secret_header = "x-hook-secret" }, { secret_member = "verification_token" }]',
    '{ kind = "websub", topics = ["challenge"] }',
    '{ kind = "cloudevents", origins = ["*"] }',
    '"event-grid"',
]


@pytest.mark.parametrize("handshake", WRITTEN)
@settings(max_examples=examples(40), deadline=None)
@given(method=st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT"]), body=bodies, query=queries, fields=headers)
def test_nothing_that_is_sent_to_a_written_one_raises_anything_else(
    handshake: str, method: str, body: bytes, query: str, fields: list[tuple[bytes, bytes]]
) -> None:
    """The same holds for those that hookline.toml describes, and no answer has a header with a line break."""
    source = parse(
        f'[sources.it]\nverify = {HMAC}\nid = "content-hash"\nhandshake = {handshake}\n[queues.all]\n', base=Path()
    ).sources[0]
    request = Request(method=method, path=source.path, query=query, headers=Headers(fields), body=body, received_at=AT)

    status = _status(request, source)

    assert status in (200, 204, 400, 401, 403, 404, None)


@pytest.mark.parametrize("scheme", SHAKERS)
def test_a_reply_keeps_its_content_out_of_logs(scheme: str) -> None:
    """A reply contains challenges, tokens and secrets that arrive."""
    for kind in PROVIDERS[scheme].handshakes:
        request = Request(
            method=kind.method,
            path="/",
            query="challenge=PRIVATE1&crc_token=PRIVATE1",
            headers=Headers([(b"x-hook-secret", b"PRIVATE1-PRIVATE1-PRIVATE1")]),
            body=b'{"challenge": "PRIVATE1", "verification_token": "PRIVATE1-PRIVATE1-PRIVATE1"}',
            received_at=AT,
        )

        try:
            shown = repr(kind.answer(request, [Secret(name="IT", value=b"PRIVATE1")]))
        except Rejected as refused:
            shown = f"{refused!r} {refused.detail}"

        assert "PRIVATE1" not in shown


def _status(request: Request, source: Source) -> int | None:
    """The answer to the call; None when it is no handshake."""
    try:
        agreed = find_handshake(request, source)
        reply = None if agreed is None else answer_handshake(request, source, agreed, _secrets)
    except Rejected as refused:
        return refused.status
    if reply is None:
        return None
    answer = handshake_answer(reply)
    assert not any(set(b"\r\n\0") & set(name + value) for name, value in answer.headers)
    return answer.status


def _secrets(names: Sequence[str]) -> list[Secret]:
    return [Secret(name=name, value=b"public|a-secret-of-this-test") for name in names]
