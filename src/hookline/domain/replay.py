"""The mark of a replay on the events that it delivers again."""

from __future__ import annotations

from typing import Final

from hookline.record import record

__all__ = ["REPLAY_ATTRIBUTE", "REPLAY_ID", "ReplayMark"]

REPLAY_ID: Final = "replayid"
"""The CloudEvents attribute of a replayed message."""

REPLAY_ATTRIBUTE: Final = "replay_id"
"""The message attribute that says the same without a look at the body."""


@record
class ReplayMark:
    """The replay that put an event through last; ``queue`` is the only queue that it was put on, None where its routes decided."""

    id: str
    queue: str | None = None
