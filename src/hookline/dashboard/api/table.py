"""Every operation of the API."""

from __future__ import annotations

from typing import Final

from hookline.dashboard.api import events, overview, queues, rejected, replay, sources, tail

__all__ = ["OPERATIONS"]

OPERATIONS: Final = (
    *overview.OPERATIONS,
    *events.OPERATIONS,
    *rejected.OPERATIONS,
    *queues.OPERATIONS,
    *sources.OPERATIONS,
    *replay.OPERATIONS,
    *tail.OPERATIONS,
)
