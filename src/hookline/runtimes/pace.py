"""Doing something no faster than asked."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from hookline.pipeline.bulk_replay import AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.pipeline.bulk_replay import BulkReplay, Run
    from hookline.ports.replays import ReplayRecord

__all__ = ["replay_at"]


def replay_at(
    rate: float | None, replays: BulkReplay, begun: ReplayRecord, run: Run, advance: Callable[[int], None]
) -> ReplayRecord:
    """Run a replay to its end, at most ``rate`` events a second (None: at once), and report how many each page put through."""
    at, started = begun, time.monotonic()
    at_once = AT_ONCE if rate is None else max(1, min(AT_ONCE, int(rate)))
    with closing(replays.run(begun, run, at_once=at_once)) as steps:
        for step in steps:
            advance(step.replayed - at.replayed)
            at = step
            if rate is not None:
                time.sleep(max(0.0, started + (at.replayed - begun.replayed) / rate - time.monotonic()))
    return at
