"""Erasures on AWS: the cases that only a table and a bucket have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from contract.aws import BUCKET, ENVIRONMENT, TABLE
from contract.builders import EVENT_RETENTION, event, routed
from hookline.adapters.aws.bodies import S3Bodies
from hookline.adapters.aws.deployment import Deployment
from hookline.config.loading import load
from hookline.domain.erasure import is_erased
from hookline.ports.erasures import ToErase
from hookline.runtimes.aws_lambda.wiring.control_room import _Parts
from unit.aws.looks import item

if TYPE_CHECKING:
    import pytest

    from contract.homes import AwsHome

EXAMPLE = Path(__file__).parents[3] / "examples" / "transactions" / "hookline.toml"
HERS = event("hers", b'{"email":"ann@example.com"}')
OTHER = event("other", b'{"email":"bob@example.com"}')
SECOND = event("hers", b'{"email":"ann2@example.com"}')


def test_a_body_that_does_not_fit_its_digest_does_not_block_the_others(home: AwsHome) -> None:
    """One damaged item must not stop the erasure of a person: it is named, and can be erased by its id."""
    home.keep(routed(HERS, "payments"), routed(OTHER, "payments"))
    home.events.add([SECOND])
    client = home.clients.dynamodb()
    client.update_item(
        TableName=TABLE,
        Key={"event_id": {"S": OTHER.id}},
        UpdateExpression="SET body = :damaged",
        ExpressionAttributeValues={":damaged": {"B": b"{}"}},
    )

    page = home.erasures.events(limit=10)
    (result,) = home.erasures.erase(
        [ToErase(event_id=OTHER.id, body_sha256=OTHER.body_sha256)], erasure="e1", undelivered=False
    )

    assert {one.event.id: one.event.body for one in page.events} == {HERS.id: HERS.body, OTHER.id: b""}
    assert list(page.unreadable) == [OTHER.id]
    assert result.is_done
    assert is_erased(home.stored(OTHER.id).event)


def test_what_says_that_no_second_body_is_kept_outlasts_the_tombstone(home: AwsHome) -> None:
    """Its source may keep events for longer than usual: a second body that comes late must not be stored again."""
    home.keep(routed(HERS, "payments"))
    kept = home.clock.now() + 3 * EVENT_RETENTION
    home.clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"event_id": {"S": HERS.id}},
        UpdateExpression="SET expires_at = :kept",
        ExpressionAttributeValues={":kept": {"N": str(int(kept.timestamp()))}},
    )

    home.erasures.erase([ToErase(event_id=HERS.id, body_sha256=HERS.body_sha256)], erasure="e1", undelivered=False)

    companion = item(home, f"~{HERS.id}")
    assert companion is not None
    assert companion["erased"]["BOOL"]
    assert int(companion["expires_at"]["N"]) >= int(kept.timestamp())


def test_second_bodies_that_are_not_erased_stay_for_no_longer_than_before(home: AwsHome) -> None:
    """Erasing one body of a person must not keep others for longer: the operator may not know how long their source keeps them."""
    home.keep(routed(HERS, "payments"))
    home.events.add([SECOND, event("hers", OTHER.body)])
    before = item(home, f"~{HERS.id}")
    home.clock.advance(timedelta(days=5))
    chosen = ToErase(event_id=HERS.id, body_sha256=HERS.body_sha256, whole=False, second=(SECOND.body_sha256,))

    (result,) = home.erasures.erase([chosen], erasure="e1", undelivered=False)

    after = item(home, f"~{HERS.id}")
    assert before is not None
    assert after is not None
    assert result.second_bodies == 1
    assert {second.body for second in home.stored(HERS.id).set_aside} == {b"", OTHER.body}
    assert after["expires_at"] == before["expires_at"]


def test_a_second_body_that_has_ended_meanwhile_leaves_nothing(home: AwsHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table removes the companion while its body is removed from the bucket: nothing may be written in that case."""
    home.keep(routed(HERS, "payments"))
    home.events.add([SECOND])
    companion = {"event_id": {"S": f"~{HERS.id}"}}
    chosen = ToErase(event_id=HERS.id, body_sha256=HERS.body_sha256, whole=False, second=(SECOND.body_sha256,))

    def removed(_bodies: S3Bodies, _prefix: str) -> int:
        home.clients.dynamodb().delete_item(TableName=TABLE, Key=companion)
        return 0

    monkeypatch.setattr(S3Bodies, "remove_all", removed)
    home.erasures.erase([chosen], erasure="e1", undelivered=False)

    assert item(home, f"~{HERS.id}") is None


def test_an_event_that_is_erased_meanwhile_keeps_no_second_body(home: AwsHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two erasures at the same time, one only looks for a second body: the mark of the other must stay."""
    home.keep(routed(HERS, "payments"))
    home.events.add([SECOND])
    chosen = ToErase(event_id=HERS.id, body_sha256=HERS.body_sha256, whole=False, second=(SECOND.body_sha256,))

    def erased(_bodies: S3Bodies, _prefix: str) -> int:
        monkeypatch.undo()
        home.erasures.erase([replace(chosen, whole=True, second=())], erasure="e2", undelivered=False)
        return 0

    monkeypatch.setattr(S3Bodies, "remove_all", erased)
    home.erasures.erase([chosen], erasure="e1", undelivered=False)
    home.events.add([event("hers", OTHER.body)])

    assert is_erased(home.stored(HERS.id).event)
    assert b"bob" not in repr(item(home, f"~{HERS.id}")).encode()


def test_the_control_room_keeps_a_tombstone_for_as_long_as_the_configuration_says(home: AwsHome) -> None:
    """The tombstone of an undelivered event starts its time with the erasure: the time of its source, not the usual one."""
    config = load(EXAMPLE)
    sources = tuple(replace(source, retention=timedelta(days=1)) for source in config.sources)
    deployed = Deployment(table=TABLE, bucket=BUCKET, router="", queue_url_prefix=home.emulator.queue_url(""))
    parts = _Parts(home.clients, deployed, ENVIRONMENT, replace(config, sources=sources))
    home.events.add([HERS])
    began = datetime.now(UTC)

    erasures = parts.room().erasure().erasures
    erasures.erase([ToErase(event_id=HERS.id, body_sha256=HERS.body_sha256)], erasure="e1", undelivered=True)

    left = item(home, HERS.id)
    assert left is not None
    kept = datetime.fromtimestamp(int(left["expires_at"]["N"]), UTC) - began
    assert timedelta(days=1) <= kept < timedelta(days=2)


def test_messages_on_sqs_stay_where_they_are(home: AwsHome) -> None:
    """SQS neither finds a message by its event nor removes one without a receipt: nothing may say that they are gone."""
    home.keep(routed(HERS, "payments", "refunds"))

    (result,) = home.erasures.erase(
        [ToErase(event_id=HERS.id, body_sha256=HERS.body_sha256)], erasure="e1", undelivered=False
    )

    assert (result.is_done, result.messages, home.erasures.standing([HERS.id])) == (True, 0, {})
    assert (home.standing(), home.standing("refunds")) == ([HERS.id], [HERS.id])
