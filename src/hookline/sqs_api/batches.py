"""The entries of a batch: up to ten, each with its own id and its own result."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hookline.sqs_api.wire_errors import (
    BATCH_IDS_NOT_DISTINCT,
    EMPTY_BATCH,
    INVALID_BATCH_ID,
    TOO_MANY_ENTRIES,
    SqsError,
)

if TYPE_CHECKING:
    from hookline.sqs_api.calls import Answer
    from hookline.sqs_api.parameters import Parameters

__all__ = ["BatchAnswer", "entries_of"]

_MOST_ENTRIES = 10
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def entries_of(parameters: Parameters, shape: str) -> dict[str, Parameters]:
    """The entries by their ids, in order; raises SqsError where SQS refuses the whole batch. ``shape`` is AWS's name for an entry."""
    entries = parameters.objects("Entries")
    if not entries:
        raise SqsError(EMPTY_BATCH, f"There should be at least one {shape} in the request.")
    if len(entries) > _MOST_ENTRIES:
        raise SqsError(
            TOO_MANY_ENTRIES,
            f"Maximum number of entries per request are {_MOST_ENTRIES}. You have sent {len(entries)}.",
        )
    found: dict[str, Parameters] = {}
    for entry in entries:
        id_ = entry.text("Id")
        if not _ID.fullmatch(id_):
            raise SqsError(
                INVALID_BATCH_ID,
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
        if id_ in found:
            raise SqsError(BATCH_IDS_NOT_DISTINCT, f"Id {id_} repeated.")
        found[id_] = entry
    return found


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """The result of each entry: SDKs check ``Failed`` even when the call itself has succeeded."""

    done: list[Answer] = field(default_factory=list)
    failed: list[Answer] = field(default_factory=list)

    def succeed(self, id_: str, **more: object) -> None:
        """Add a successful entry."""
        self.done.append({"Id": id_, **more})

    def fail(self, id_: str, error: SqsError) -> None:
        """Add a failed entry."""
        kind = error.kind
        self.failed.append(
            {"Id": id_, "SenderFault": kind.blame == "Sender", "Code": kind.code, "Message": error.detail}
        )

    def answer(self) -> Answer:
        """The answer with both lists, even if one is empty."""
        return {"Successful": self.done, "Failed": self.failed}
