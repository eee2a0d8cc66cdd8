"""Runs replays and redrives at a limited rate."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from hookline.pipeline import redrive
from hookline.pipeline.bulk_replay import AT_ONCE
from hookline.pipeline.redrive import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.pipeline.audited import Run
    from hookline.pipeline.bulk_replay import BulkReplay
    from hookline.pipeline.redrive import Redrive, RedriveRequest
    from hookline.ports.replays import ReplayRecord

__all__ = ["redrive_at", "replay_at"]

_LOOK_EVERY = 0.5  # seconds between two checks of a task that a service runs


def replay_at(
    rate: float | None, replays: BulkReplay, begun: ReplayRecord, run: Run, advance: Callable[[int], None]
) -> ReplayRecord:
    """Run a replay to its end, at most ``rate`` events a second (None: no limit), and report how many events each page replayed."""
    at, started = begun, time.monotonic()
    at_once = AT_ONCE if rate is None else max(1, min(AT_ONCE, int(rate)))
    with closing(replays.run(begun, run, at_once=at_once)) as steps:
        for step in steps:
            advance(step.replayed - at.replayed)
            at = step
            if rate is not None:
                time.sleep(max(0.0, started + (at.replayed - begun.replayed) / rate - time.monotonic()))
    return at


def redrive_at(redrives: Redrive, request: RedriveRequest, run: Run, advance: Callable[[int], None]) -> Progress:
    """Run a redrive to its end, at its rate, and report how many messages each step moved; returns the progress."""
    rate, at, started = request.rate, Progress(moved=0), time.monotonic()
    at_once = redrive.AT_ONCE if rate is None else max(1, min(redrive.AT_ONCE, int(rate)))
    with closing(redrives.run(request, run, at_once=at_once)) as steps:
        for step in steps:
            advance(step.moved - at.moved)
            at = step
            if step.is_asked:
                time.sleep(_LOOK_EVERY)
            elif rate is not None:
                time.sleep(max(0.0, started + at.moved / rate - time.monotonic()))
    return at
