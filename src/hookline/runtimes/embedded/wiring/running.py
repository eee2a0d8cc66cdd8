"""Runs the threads of a server, and passes a new configuration to its parts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hookline.runtimes.embedded.active_config import ReadyConfig
    from hookline.runtimes.embedded.admin_port import AdminPort
    from hookline.runtimes.embedded.alerter import Alerter
    from hookline.runtimes.embedded.canary import CanaryKeeper
    from hookline.runtimes.embedded.forwards import Forwards
    from hookline.runtimes.embedded.health_port import HealthPort
    from hookline.runtimes.embedded.keeper import Keeper
    from hookline.runtimes.embedded.mover import Mover
    from hookline.runtimes.embedded.pause_watch import PauseWatch
    from hookline.runtimes.embedded.quarantine import QuarantineWriter
    from hookline.runtimes.embedded.record_fetcher import RecordFetcher
    from hookline.runtimes.embedded.room import RoomWatch
    from hookline.runtimes.embedded.sampler import Sampler
    from hookline.runtimes.embedded.shutdown import Shutdown

__all__ = ["in_turn", "running"]


def in_turn(*uses: Callable[[ReadyConfig], None]) -> Callable[[ReadyConfig], None]:
    """Let each part use another configuration."""

    def take(new: ReadyConfig) -> None:
        for use in uses:
            use(new)

    return take


@contextmanager
def running(
    shutdown: Shutdown,
    *threads: HealthPort
    | RoomWatch
    | AdminPort
    | Keeper
    | QuarantineWriter
    | Forwards
    | Mover
    | PauseWatch
    | Sampler
    | Alerter
    | RecordFetcher
    | CanaryKeeper,
) -> Iterator[None]:
    """A block in which all these parts run; they are stopped in reverse order."""
    for one in threads:
        one.start()
    try:
        yield
    finally:
        for one in reversed(threads):
            one.stop(patience=shutdown.left(10))
