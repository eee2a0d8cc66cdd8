"""What an erasure leaves in the table and in the bucket, and what a kill leaves to the next one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: the services' own shapes

import pytest

from contract.aws import BUCKET, TABLE
from contract.builders import event, routed
from contract.homes import AwsHome
from hookline.adapters.aws import items
from hookline.adapters.aws.bodies import S3Bodies, body_key
from hookline.adapters.aws.conflicts import Conflicts, companion_key
from hookline.domain.event import Outcome
from hookline.domain.retention import EventRetention
from hookline.errors import UnavailableError
from hookline.ports.erasures import ToErase

if TYPE_CHECKING:
    from contract.homes import Home
    from hookline.domain.event import Event

HOMES = ["aws"]
NAME = "Zaphodbeeblebrox"
LARGE = event("large", b'{"name":"' + NAME.encode() + b'","text":"' + b"a" * 300_000 + b'"}')
SMALL = event("small", b'{"name":"' + NAME.encode() + b'"}')

GONE = {"body", "codec", "body_key", "next_at", "outbox", "reason"}
"""Attributes of an item that an erasure removes; ``metadata`` is written again."""

KEPT = {
    "arrival",
    "attempts",
    "content_type",
    "event_id",
    "expires_at",
    "put_at",
    "put_on",
    "received_at",
    "replay",
    "replay_queue",
    "sha256",
    "since",
    "status",
    "stored_at",
    "time",
    "type",
}
"""Ids, names, numbers, times and digests."""

FOR_ERASURES = {"erasing", "metadata"}


def aws(home: Home) -> AwsHome:
    """The home with its clients."""
    assert isinstance(home, AwsHome)
    return home


def erase(home: Home, one: Event) -> None:
    """Erase the event, which must be there."""
    chosen = [ToErase(event_id=one.id, body_sha256=one.body_sha256)]
    (result,) = home.erasures.erase(chosen, erasure="e1", undelivered=False)
    assert result.is_done


def item(home: Home, key: str) -> dict[str, Any]:
    """What the table has under this key."""
    found: dict[str, Any] = aws(home).clients.dynamodb().get_item(TableName=TABLE, Key={"event_id": {"S": key}})["Item"]
    return found


def versions(home: Home) -> list[str]:
    """The keys of all versions and delete markers in the bucket."""
    page = aws(home).clients.s3().list_object_versions(Bucket=BUCKET)
    return [one["Key"] for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]


def test_every_attribute_of_an_event_is_known_to_the_erasure() -> None:
    """A new attribute has to be removed, or named here as one that holds no part of a body."""
    named = set(re.findall(r"^``(\w+)``", items.__doc__ or "", re.MULTILINE)) | {"replay_queue"}

    assert named == GONE | KEPT | FOR_ERASURES


def test_no_attribute_has_anything_of_the_person(home: Home) -> None:
    """The item is read as it is, with every attribute."""
    noted = replace(SMALL, metadata={"secret": "S", "transactionreference": NAME, "headerfrom": NAME})
    home.keep(routed(noted, "payments"))
    home.events.add([replace(noted, body=LARGE.body, body_sha256=LARGE.body_sha256), event("small", b'{"second":1}')])

    erase(home, noted)

    left, companion = item(home, SMALL.id), item(home, companion_key(SMALL.id))
    assert NAME.encode() not in repr((left, companion)).encode()
    assert set(left) <= KEPT | {"metadata"}
    assert left["metadata"] == {"M": {"secret": {"S": "S"}, "erased": {"S": "e1"}}}
    assert [set(one["M"]) for one in companion["bodies"]["L"]] == [{"received_at", "sha256", "erased"}] * 2
    assert versions(home) == []


def test_every_version_of_a_body_in_the_bucket_is_removed(home: Home) -> None:
    """The bucket keeps versions: what is only deleted can be restored."""
    client = aws(home).clients.s3()
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    home.keep(routed(LARGE, "payments"))
    other = event("other", LARGE.body)
    home.keep(routed(other, "payments"))
    bodies = S3Bodies(aws(home).clients.s3, bucket=BUCKET)
    bodies.deliver(LARGE)  # written again over itself
    client.delete_object(Bucket=BUCKET, Key=body_key(LARGE))
    assert versions(home).count(body_key(LARGE)) >= 3

    erase(home, LARGE)

    assert set(versions(home)) == {body_key(other)}
    assert home.stored(other.id).event.body == other.body


@pytest.mark.parametrize("step", ["remove_all", "_empty_companion"])
def test_what_a_kill_leaves_is_finished_by_the_next_erasure(
    home: Home, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The tombstone no longer matches any pattern: it is found by its mark, whatever the next one looks for."""
    home.keep(routed(LARGE, "payments"))
    home.events.add([replace(LARGE, body=SMALL.body, body_sha256=SMALL.body_sha256)])

    def killed(*_words: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(S3Bodies if step == "remove_all" else type(home.erasures), step, killed)
        with pytest.raises(KeyboardInterrupt):
            erase(home, LARGE)
    half = item(home, LARGE.id)
    again = home.restart()
    after = None
    while True:
        page = again.erasures.events(limit=1, after=after)
        after = page.cursor
        if after is None:
            break
    again.erasures.scrub(rewrite=False)

    assert "erasing" in half
    assert "body" not in half
    assert "erasing" not in item(home, LARGE.id)
    assert versions(home) == []
    assert NAME not in repr(item(home, companion_key(LARGE.id)))


def test_a_second_body_that_was_on_its_way_does_not_bring_others_back(home: Home) -> None:
    """A validator had read the companion when the event was erased: its put is refused, and the next one keeps nothing."""
    home.keep(routed(SMALL, "payments"))
    home.events.add([event("small", b'{"name":"' + NAME.encode() + b'","n":2}')])
    stored_at = item(home, SMALL.id)["stored_at"]["N"]
    before = item(home, companion_key(SMALL.id))
    third = event("small", b'{"name":"' + NAME.encode() + b'","n":3}')
    conflicts = Conflicts(
        aws(home).clients.dynamodb,
        table=TABLE,
        bodies=S3Bodies(aws(home).clients.s3, bucket=BUCKET),
        retention=EventRetention(usual=timedelta(days=30)),
    )
    prepared = conflicts._next(before, SMALL.id, stored_at, third, home.clock.now())

    erase(home, SMALL)
    refused = conflicts._put(prepared, before, stored_at)
    conflicts.add(SMALL.id, stored_at, third, now=home.clock.now())

    assert refused is not None
    assert NAME not in repr(item(home, companion_key(SMALL.id)))


def test_the_first_second_body_after_an_erasure_is_not_kept(home: Home) -> None:
    """A validator that knows of no companion learns of the erasure from the put that is refused."""
    home.keep(routed(SMALL, "payments"))
    erase(home, SMALL)

    outcome = home.events.add([event("small", b'{"name":"' + NAME.encode() + b'","n":2}')])

    assert outcome == [Outcome.CONFLICT]
    assert NAME not in repr(item(home, companion_key(SMALL.id)))
    assert home.stored(SMALL.id).conflicts == 1


def test_a_bucket_that_does_not_let_a_body_go_is_reported(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 answers 200 to a call that removed nothing: each object's fault is in the answer."""
    home.keep(routed(LARGE, "payments"))
    client = aws(home).clients.s3()

    def refused(**_asked: object) -> dict[str, Any]:
        return {"Errors": [{"Key": body_key(LARGE), "Code": "AccessDenied"}]}

    with monkeypatch.context() as patch:
        patch.setattr(client, "delete_objects", refused)
        with pytest.raises(UnavailableError, match="AccessDenied"):
            erase(home, LARGE)

    assert "erasing" in item(home, LARGE.id)
