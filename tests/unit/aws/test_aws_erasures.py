"""Erasures on AWS: what only a table and a bucket can do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.aws import TABLE
from contract.builders import EVENT_RETENTION, event, routed
from hookline.domain.erasure import is_erased
from hookline.ports.erasures import ToErase
from unit.aws.looks import item

if TYPE_CHECKING:
    from contract.homes import AwsHome

HERS = event("hers", b'{"email":"ann@example.com"}')
OTHER = event("other", b'{"email":"bob@example.com"}')
SECOND = event("hers", b'{"email":"ann2@example.com"}')


def test_a_body_that_does_not_fit_its_digest_keeps_nobody_from_the_others(home: AwsHome) -> None:
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
