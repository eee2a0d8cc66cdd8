"""Amazon SNS's confirmation: its URL is fetched, and nobody else's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
from hookline.adapters.memory.url_fetcher import MemoryUrlFetcher
from hookline.config import parse
from hookline.domain.handshake import Agreed, Caller
from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.handshake import HandshakeEffects, answer_handshake
from hookline.providers.handshakes.subscription import SubscriptionConfirmation
from hookline.testing import MemoryHome
from unit.handshakes.homes import AT, call, config
from vectors.senders import KEYS, TOPIC, built, signing_secret_of

URL = (
    "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription"
    "&TopicArn=arn:aws:sns:us-west-2:123456789012:MyTopic&Token=2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92768dd60a"
)
KIND = SubscriptionConfirmation()


def _confirmation(url: object) -> bytes:
    return json.dumps({"Type": "SubscriptionConfirmation", "SubscribeURL": url, "Token": "2336"}).encode()


def test_the_url_is_sns_s_own() -> None:
    """The call is the documented message."""
    reply = KIND.answer(call("POST", _confirmation(URL)), ())

    assert reply.fetch_url == URL


@pytest.mark.parametrize("url", [
    "http://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription",
    "https://sns.us-west-2.amazonaws.com.evil.example/?Action=ConfirmSubscription",
    "https://evil.example/?Action=ConfirmSubscription&x=sns.us-west-2.amazonaws.com",
    "https://sns.us-west-2.amazonaws.com@evil.example/?Action=ConfirmSubscription",
    "https://user:pass@sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription",
    "https://sns.us-west-2.amazonaws.com:8443/?Action=ConfirmSubscription",
    "https://sns.us-west-2.amazonaws.com/../?Action=ConfirmSubscription",
    "https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe",
    "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription\r\nHost: evil.example",
    "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription#x",
    "https://s3.us-west-2.amazonaws.com/?Action=ConfirmSubscription",
    "https://sns.amazonaws.com/?Action=ConfirmSubscription",
    "https://169.254.169.254/?Action=ConfirmSubscription",
    "HTTPS://SNS.US-WEST-2.AMAZONAWS.COM/?Action=ConfirmSubscription",
    "", 5, None,
])  # fmt: skip
def test_another_url_is_never_fetched(url: object) -> None:
    """A server that fetches any URL lets strangers call services of its own network."""
    with pytest.raises(Rejected, match="SubscribeURL"):
        KIND.answer(call("POST", _confirmation(url)), ())


def test_a_confirmation_must_be_signed() -> None:
    """A caller that could make hookline subscribe to a topic of its own could send us its messages."""
    assert KIND.is_signed


def test_it_is_confirmed_before_it_is_answered() -> None:
    """SNS asks again until the address answers, so a fetch that failed is tried again."""
    source = replace(
        parse(config("hmac", more='header = "X-S"', source='id = "content-hash"'), base=Path()).sources[0],
        handshakes=(Agreed(handshake=replace(KIND, is_signed=False)),),
    )
    url_fetcher = MemoryUrlFetcher()
    effects = HandshakeEffects(handshake_secrets=MemoryHandshakeSecrets(MemoryClock(AT)), url_fetcher=url_fetcher)
    reply = answer_handshake(call("POST", _confirmation(URL)), source, source.handshakes[0], lambda _: ())

    effects.apply(reply, source, Caller())
    url_fetcher.fails = True

    assert url_fetcher.urls == [URL]
    with pytest.raises(UnavailableError, match="does not answer"):
        effects.apply(reply, source, Caller())


def test_a_notification_is_an_event() -> None:
    """Only the confirmation is a handshake."""
    assert not KIND.is_one(call("POST", b'{"Type": "Notification", "Message": "SubscriptionConfirmation"}'))


def _sns(url: str = URL, *, topic: str = TOPIC, forged: bool = False) -> tuple[int, str, list[str]]:
    """What becomes of a confirmation that SNS signed for ``topic``: status, outcome, and what was fetched."""
    toml = f'[sources.it]\nverify = {{ scheme = "aws-sns", topics = ["{TOPIC}"] }}\n[queues.all]\n'
    at = MemoryHome(parse(toml, base=Path()), {}, start=AT, keys=KEYS)
    message = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": "2336412f37",
        "Message": "You have chosen to subscribe",
        "SubscribeURL": url,
        "Timestamp": "2012-04-26T20:45:04.751Z",
    }
    signer = replace(built("aws-sns"), topics=(topic,))  # type: ignore[type-var]  # it is a dataclass
    body = signer.signed_body(json.dumps(message).encode(), secret=signing_secret_of("aws-sns"), at=AT)  # type: ignore[attr-defined]  # as above
    if forged:
        body = body.replace(b"2336412f37", b"2336412f38")
    answer = at.post(call("POST", body, content_type="text/plain", x_amz_sns_message_type="SubscriptionConfirmation"))
    return answer.status, answer.outcome, at.url_fetcher.urls


def test_a_topic_of_the_source_is_subscribed() -> None:
    """Amazon signed the confirmation, and the operator named the topic."""
    assert _sns() == (200, "handshake", [URL])


def test_a_topic_of_somebody_else_is_not() -> None:
    """Anyone can make Amazon sign a confirmation for a topic of their own."""
    status, outcome, visited = _sns(topic="arn:aws:sns:us-east-1:999999999999:Mine")

    assert (status, outcome, visited) == (401, "signature_mismatch", [])


def test_a_forged_confirmation_is_not_followed() -> None:
    """A URL is called only after its message's signature was verified."""
    status, outcome, visited = _sns(forged=True)

    assert (status, outcome, visited) == (401, "signature_mismatch", [])


def test_a_signed_confirmation_with_another_url_is_not_followed() -> None:
    """Only Amazon may be called, also when Amazon itself signed another URL."""
    status, outcome, visited = _sns("https://evil.example/?Action=ConfirmSubscription")

    assert (status, outcome, visited) == (400, "handshake_invalid", [])
