"""A large message is whole for as long as its body is in the bucket, and no longer."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from contract.aws import BUCKET, TABLE
from contract.builders import event, routed
from hookline.adapters.aws.bodies import S3Bodies, body_key
from hookline.adapters.aws.deployment import Deployment
from hookline.adapters.aws.referred_bodies import referred_body
from hookline.adapters.aws.table import Table
from hookline.domain.message import IN_BASE64, message_of, without_body
from hookline.domain.route import RoutedEvent
from hookline.errors import NotFoundError
from hookline.pipeline.forward_request import whole_text
from hookline.ports.erasures import ToErase
from hookline.runtimes.aws_lambda.wiring.commands import message_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from contract.homes import AwsHome
    from hookline.domain.event import Event
    from hookline.domain.message import Delivery

PADDING = b"x" * 200_000
LARGE = event("large", b'{"amount":12.50,"text":"' + PADDING + b'"}')
OTHER = event("other", b'{"amount":1,"text":"' + PADDING + b'"}')


def text_of(home: AwsHome) -> Callable[[Delivery], str]:
    """The bodies that a forward posts, by the test's clock."""
    bodies, table = S3Bodies(home.clients.s3, bucket=BUCKET), Table(home.clients.dynamodb, TABLE)
    referred = partial(referred_body, bodies, table)
    return partial(whole_text, home.events, referred=referred)


def forget(home: AwsHome, one: Event) -> None:
    """Let the table remove the event, as it does once its time is over."""
    home.clients.dynamodb().delete_item(TableName=TABLE, Key={"event_id": {"S": one.id}})


@pytest.mark.parametrize(
    "large",
    [
        pytest.param(LARGE, id="JSON"),
        pytest.param(replace(event("text", PADDING), content_type="text/plain"), id="text"),
        pytest.param(
            replace(event("half", b'{"text":"\\ud800' + PADDING + b'"}'), metadata=dict(IN_BASE64)), id="surrogate"
        ),
        pytest.param(event("refused", b'{"text":"\xef\xbf\xbe' + PADDING + b'"}'), id="refused by SQS"),
        pytest.param(
            replace(event("odd", LARGE.body), metadata={"originaltime": 'a","dataref":"\u00e9'}),
            id="what looks like its end",
        ),
    ],
)
def test_a_message_whose_event_has_ended_is_what_it_would_have_been(home: AwsHome, large: Event) -> None:
    """Its body is kept for as long as the message may be on its queue, so an endpoint that was down for long still gets it."""
    home.keep(routed(large, "payments"))
    delivery = home.take()
    assert "dataref" in json.loads(delivery.body)
    forget(home, large)
    deployed = Deployment(table=TABLE, bucket=BUCKET, router="", queue_url_prefix="")

    text = message_text(home.clients, deployed)(delivery)  # as it is put together for operators' commands

    assert text == message_of(large).body


@pytest.mark.parametrize("is_gone", [False, True], ids=["stored", "ended"])
def test_a_replayed_message_says_so(home: AwsHome, *, is_gone: bool) -> None:
    """Its endpoint must see that it is a replay, whatever the size of the body."""
    home.events.add([LARGE])
    home.outbox.deliver([RoutedEvent(event=LARGE, queues=("payments",), replay_id="r1")])
    delivery = home.take()
    if is_gone:
        forget(home, LARGE)

    assert text_of(home)(delivery) == message_of(LARGE, replay_id="r1").body


def test_a_message_keeps_its_own_body_when_its_id_is_used_again(home: AwsHome) -> None:
    """Once an event has ended, its id may come with another body: that one is not what this message is about."""
    home.keep(routed(LARGE, "payments"))
    delivery = home.take()
    forget(home, LARGE)
    home.events.add([event("large", OTHER.body)])

    assert text_of(home)(delivery) == message_of(LARGE).body


def test_an_erased_body_is_not_delivered(home: AwsHome) -> None:
    """Neither while the tombstone is there nor afterwards, when its sender has repeated the event and its body is there again."""
    home.keep(routed(LARGE, "payments"))
    delivery = home.take()
    chosen = [ToErase(event_id=LARGE.id, body_sha256=LARGE.body_sha256)]
    home.erasures.erase(chosen, erasure="e1", undelivered=False)

    with pytest.raises(NotFoundError, match="was erased"):
        text_of(home)(delivery)
    home.events.add([LARGE])
    forget(home, LARGE)
    with pytest.raises(NotFoundError, match="was erased"):
        text_of(home)(delivery)


def test_a_body_that_its_bucket_has_removed_is_reported(home: AwsHome) -> None:
    """The log of the forward has the reason: no endpoint gets half a message."""
    home.keep(routed(LARGE, "payments"))
    delivery = home.take()
    forget(home, LARGE)
    home.clients.s3().delete_object(Bucket=BUCKET, Key=body_key(LARGE))

    with pytest.raises(NotFoundError, match="there is no body"):
        text_of(home)(delivery)


def test_a_tombstone_comes_before_the_bucket(home: AwsHome) -> None:
    """An erasure that was killed has written the tombstone, and the body is still in the bucket."""
    home.keep(routed(LARGE, "payments"))
    delivery = home.take()
    home.erasures.erase([ToErase(event_id=LARGE.id, body_sha256=LARGE.body_sha256)], erasure="e1", undelivered=False)
    S3Bodies(home.clients.s3, bucket=BUCKET).put(LARGE)

    with pytest.raises(NotFoundError, match="was erased"):
        text_of(home)(delivery)


@pytest.mark.parametrize(
    ("reference", "sha256"),
    [
        pytest.param(f"s3://{BUCKET}/{body_key(OTHER)}", LARGE.body_sha256, id="another event"),
        pytest.param(f"s3://{BUCKET}/{body_key(OTHER)}", OTHER.body_sha256, id="another event and its digest"),
        pytest.param(f"s3://elsewhere/{body_key(LARGE)}", LARGE.body_sha256, id="another bucket"),
        pytest.param(f"s3://{BUCKET}/{body_key(LARGE)}", OTHER.body_sha256, id="another digest"),
        pytest.param("https://example.com/", LARGE.body_sha256, id="no bucket"),
    ],
)
def test_a_reference_to_anything_but_its_own_body_is_refused(home: AwsHome, reference: str, sha256: bytes) -> None:
    """A program that may send to a queue must not make an endpoint read any object of the bucket."""
    bodies = S3Bodies(home.clients.s3, bucket=BUCKET)
    bodies.put(LARGE)
    bodies.put(OTHER)
    home.keep(routed(event("large"), "payments"))
    forget(home, event("large"))
    text = without_body(message_of(replace(LARGE, body_sha256=sha256)).body, reference)

    with pytest.raises(NotFoundError, match="not its body"):
        text_of(home)(replace(home.take(), body=text))


def test_a_body_that_does_not_fit_its_digest_is_refused(home: AwsHome) -> None:
    """An object that somebody has written over is not what the sender signed."""
    home.keep(routed(LARGE, "payments"))
    delivery = home.take()
    forget(home, LARGE)
    home.clients.s3().put_object(Bucket=BUCKET, Key=body_key(LARGE), Body=OTHER.body)

    with pytest.raises(NotFoundError, match="does not match the digest"):
        text_of(home)(delivery)


@pytest.mark.parametrize("digest", ["", '"bodysha256":"none",', '"bodysha256":7,'])
def test_a_reference_without_a_digest_is_refused(home: AwsHome, digest: str) -> None:
    """Nobody could say whether it is the right body."""
    home.keep(routed(event("large"), "payments"))
    forget(home, event("large"))
    text = f'{{"specversion":"1.0",{digest}"id":"{LARGE.id}","dataref":"s3://{BUCKET}/{body_key(LARGE)}"}}'

    with pytest.raises(NotFoundError):
        text_of(home)(replace(home.take(), body=text))
