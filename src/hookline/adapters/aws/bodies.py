"""Bodies too large for an item, a payload and a message: the claim check."""

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
    """Where the body is stored. Same event, same body, same month: same object, so that a sender's second try finds it there.

    The month ensures that an id which is used again after its event has expired does not get an object that is about to expire.
    """
    return f"{event_prefix(event.id)}{event.body_sha256.hex()}/{event.received_at:%Y-%m}"


def event_prefix(event_id: str) -> str:
    """What the keys of all bodies of an event begin with, those of second bodies too."""
    return f"{event_id.partition(':')[0]}/{hashlib.sha256(event_id.encode()).hexdigest()}/"


class S3Bodies:
    """Bodies in one bucket, each written once and never changed."""

    def __init__(self, client: LazyClient, *, bucket: str) -> None:
        self._client = opened(client)
        self._bucket = bucket

    def reference(self, key: str) -> str:
        """What a message says instead of the body."""
        return f"s3://{self._bucket}/{key}"

    def put(self, event: Event, *, tag: str = BODY_PENDING) -> bool:
        """Write the event's body, durable when this returns; False when it was there already, whatever its tag."""
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
        """The body. Raises NotFoundError when it is gone."""
        try:
            with translated(but=("NoSuchKey",)):
                answer = self._client().get_object(Bucket=self._bucket, Key=key)
                with answer["Body"] as stream:
                    body: bytes = stream.read()
        except ClientError:
            raise NotFoundError(f"there is no body at {self.reference(key)}") from None
        return body

    def tag(self, key: str, tag: str) -> None:
        """Say whether the body's event waits; how old the object is does not change."""
        with translated():
            self._client().put_object_tagging(
                Bucket=self._bucket, Key=key, Tagging={"TagSet": [{"Key": BODY_TAG, "Value": tag}]}
            )

    def deliver(self, event: Event) -> None:
        """Let the body's time begin: copied onto itself, tagged as delivered."""
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
        """Remove every version of every object whose key begins so, and every delete marker; how many there were."""
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
    """Bodies for one who may not touch them: each keeps the tag it has, which is that of a body whose event waits."""

    def __init__(self) -> None:
        super().__init__(None, bucket="")

    def tag(self, key: str, tag: str) -> None:
        """Leave the tag as it is."""
