"""Stores in a bucket the bodies that are too large for an item, an invocation and a message (the claim check pattern)."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.names import BODY_DELIVERED, BODY_PENDING, BODY_TAG, INLINE_LIMIT
from hookline.errors import NotFoundError, UnavailableError

if TYPE_CHECKING:
    from hookline.adapters.aws.clients import LazyClient
    from hookline.domain.event import Event

__all__ = ["S3Bodies", "UntouchedBodies", "body_key", "event_prefix", "is_large"]


def is_large(event: Event) -> bool:
    """Whether the event's body is in the bucket."""
    return len(event.body) > INLINE_LIMIT


def body_key(event: Event) -> str:
    """The key of the body's object. It depends on event, body and month only, so that a sender's second attempt finds the same object.

    The month is part of the key so that an id that is used again after its event expired does not get an object that soon expires.
    """
    return f"{event_prefix(event.id)}{event.body_sha256.hex()}/{event.received_at:%Y-%m}"


def event_prefix(event_id: str) -> str:
    """The prefix of the keys of all bodies of an event, including its second bodies."""
    return f"{event_id.partition(':')[0]}/{hashlib.sha256(event_id.encode()).hexdigest()}/"


class S3Bodies:
    """Bodies in one bucket, each written once and never changed."""

    def __init__(self, client: LazyClient, *, bucket: str) -> None:
        self._client = opened(client)
        self._bucket = bucket

    def reference(self, key: str) -> str:
        """The ``dataref`` that a message has instead of the body."""
        return f"s3://{self._bucket}/{key}"

    def put(self, event: Event, *, tag: str = BODY_PENDING) -> bool:
        """Write the event's body durably; False when the object already existed, whatever its tag is."""
        try:
            with translated(but=("PreconditionFailed",)):
                self._client().put_object(
                    Bucket=self._bucket,
                    Key=body_key(event),
                    Body=event.body,
                    IfNoneMatch="*",
                    ChecksumSHA256=base64.b64encode(event.body_sha256).decode(),
                    ContentType=event.content_type,
                    Tagging=f"{BODY_TAG}={tag}",
                )
        except ClientError:
            return False
        return True

    def get(self, key: str) -> bytes:
        """The body. Raises NotFoundError when it was removed."""
        try:
            with translated(but=("NoSuchKey",)):
                answer = self._client().get_object(Bucket=self._bucket, Key=key)
                with answer["Body"] as stream:
                    body: bytes = stream.read()
        except ClientError:
            raise NotFoundError(f"there is no body at {self.reference(key)}") from None
        return body

    def tag(self, key: str, tag: str) -> None:
        """Set the tag that says whether the body's event still waits; the age of the object does not change."""
        with translated():
            self._client().put_object_tagging(
                Bucket=self._bucket, Key=key, Tagging={"TagSet": [{"Key": BODY_TAG, "Value": tag}]}
            )

    def deliver(self, event: Event) -> None:
        """Start the body's retention: copy the object onto itself, so that its age is zero, and tag it as delivered."""
        key = body_key(event)
        with translated():
            self._client().copy_object(
                Bucket=self._bucket,
                Key=key,
                CopySource={"Bucket": self._bucket, "Key": key},
                ContentType=event.content_type,
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
                Tagging=f"{BODY_TAG}={BODY_DELIVERED}",
            )

    def remove_all(self, prefix: str) -> int:
        """Remove all versions and delete markers of the objects whose keys have this prefix; returns their number."""
        removed = 0
        while True:
            with translated():
                page = self._client().list_object_versions(Bucket=self._bucket, Prefix=prefix)
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if not found:
                return removed
            with translated():
                answer = self._client().delete_objects(
                    Bucket=self._bucket,
                    Delete={
                        "Objects": [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found],
                        "Quiet": True,
                    },
                )
            if faults := answer.get("Errors"):
                raise UnavailableError("storage_unavailable", f"S3 did not remove a body: {faults[0].get('Code')}")
            removed += len(found)


class UntouchedBodies(S3Bodies):
    """Bodies for a process that has no right to change them: each object keeps its tag, which says that its event waits."""

    def __init__(self) -> None:
        super().__init__(None, bucket="")

    def tag(self, key: str, tag: str) -> None:
        """Leave the tag as it is."""
