"""Looking behind the AWS home's doors: its items, its objects, and the calls it makes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from contract.aws import BUCKET, TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contract.homes import AwsHome

__all__ = ["calls_of", "item", "objects", "tag_of"]


def item(home: AwsHome, key: str) -> dict[str, Any] | None:  # the service's own shape
    """The item with this key, read from the table."""
    found: dict[str, Any] | None = (
        home.emulator.client("dynamodb").get_item(TableName=TABLE, Key={"event_id": {"S": key}}).get("Item")
    )
    return found


def objects(home: AwsHome) -> dict[str, str]:
    """Every object of the bucket: its key and how it is tagged."""
    found = home.emulator.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {one["Key"]: tag_of(home, one["Key"]) for one in found}


def tag_of(home: AwsHome, key: str) -> str:
    """The value of hookline's tag on an object."""
    tags = home.emulator.client("s3").get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]
    return {one["Key"]: one["Value"] for one in tags}["hookline"]  # type: ignore[no-any-return] # boto3's answer


@contextmanager
def calls_of(home: AwsHome) -> Iterator[list[str]]:
    """The operations that hookline's clients send within the block, tries that fail included."""
    seen: list[str] = []

    def note(event_name: str, **_: object) -> None:
        seen.append(event_name.rpartition(".")[2])

    clients = [home.clients.dynamodb(), home.clients.sqs(), home.clients.s3()]
    for client in clients:
        client.meta.events.register("before-send", note)
    try:
        yield seen
    finally:
        for client in clients:
            client.meta.events.unregister("before-send", note)
