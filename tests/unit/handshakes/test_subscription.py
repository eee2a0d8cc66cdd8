"""Amazon SNS's confirmation: its URL is fetched, and nobody else's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hookline.adapters.memory import MemoryArrivals, MemoryVisits
from hookline.adapters.memory.clock import MemoryClock
from hookline.config import parse
from hookline.domain.handshake import Agreed
from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.greet import Settling, greet
from hookline.providers.handshakes.subscription import SubscriptionConfirmation
from unit.handshakes.homes import AT, call, config

URL = (
    "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription"
    "&TopicArn=arn:aws:sns:us-west-2:123456789012:MyTopic&Token=2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92768dd60a"
)
KIND = SubscriptionConfirmation()


def _confirmation(url: object) -> bytes:
    return json.dumps({"Type": "SubscriptionConfirmation", "SubscribeURL": url, "Token": "2336"}).encode()


def test_the_url_is_sns_s_own() -> None:
    """The documented message."""
    reply = KIND.answer(call("POST", _confirmation(URL)), ())

    assert reply.visit == URL


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
    """A server that fetches what it is told reaches into its own network."""
    with pytest.raises(Rejected, match="SubscribeURL"):
        KIND.answer(call("POST", _confirmation(url)), ())


def test_a_confirmation_must_be_signed() -> None:
    """Whoever can have us subscribe to his topic can send us its messages."""
    assert KIND.is_signed


def test_it_is_confirmed_before_it_is_answered() -> None:
    """SNS asks again until the address answers, so that a fetch that failed is tried anew."""
    source = replace(
        parse(config("hmac", more='header = "X-S"', source='id = "content-hash"'), base=Path()).sources[0],
        handshakes=(Agreed(handshake=replace(KIND, is_signed=False)),),
    )
    visits = MemoryVisits()
    settling = Settling(arrivals=MemoryArrivals(MemoryClock(AT)), visits=visits)
    reply = greet(call("POST", _confirmation(URL)), source, lambda _: ())
    assert reply is not None

    settling.settle(reply, source)
    visits.fails = True

    assert visits.urls == [URL]
    with pytest.raises(UnavailableError, match="does not answer"):
        settling.settle(reply, source)


def test_a_notification_is_an_event() -> None:
    """Only the confirmation is a handshake."""
    assert not KIND.is_one(call("POST", b'{"Type": "Notification", "Message": "SubscriptionConfirmation"}'))
