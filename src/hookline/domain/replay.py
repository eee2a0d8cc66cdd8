"""The mark that a replay leaves on the events that it delivers again."""

from __future__ import annotations

from typing import Final

from hookline.record import record

__all__ = ["REPLAY_ATTRIBUTE", "REPLAY_ID", "ReplayMark"]

REPLAY_ID: Final = "replayid"
"""The CloudEvents attribute of a replayed message."""

REPLAY_ATTRIBUTE: Final = "replay_id"
"""The message attribute with the same content, which can be read without the body."""


@record
class ReplayMark:
    """The last replay of an event; ``queue`` is the only queue that it went to, None where the event's routes decided."""

    id: str
    queue: str | None = None
