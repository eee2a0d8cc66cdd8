"""``hookline tail`` on a data directory or on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.config import load
from hookline.config.canary import with_wanted_canary
from hookline.pipeline.route import router_of
from hookline.pipeline.tail import Tail
from hookline.runtimes.aws_lambda.wiring.commands import open_watch
from hookline.runtimes.follow import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hookline.pipeline.tail import TailLine
    from hookline.runtimes.opened import Where

__all__ = ["tail_lines"]

_EVERY: Final = 0.25  # seconds
_EVERY_ON_AWS: Final = 2.0  # seconds: each read is charged


def tail_lines(
    *,
    place: Where,
    config_path: Path,
    source: str | None,
    type: str | None,  # noqa: A002 -- the name of the option
    queue: str | None,
    rejected: bool,
    ready: Callable[[], None],
) -> Iterator[TailLine]:
    """``hookline tail``: a line for each event that arrives after ``ready`` was called."""
    config = load(config_path)
    if queue is not None:
        config.queue(queue)
    with place.open(lambda home: home.watch, open_watch) as watch:
        router = router_of(with_wanted_canary(config))
        watched = Tail(watch=watch, router=router, source=source, type=type, queue=queue, rejected=rejected)
        watched.look()
        ready()
        yield from follow(watched.look, every=_EVERY if place.environment is None else _EVERY_ON_AWS)
