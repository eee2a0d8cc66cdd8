"""Putting a new configuration in force, step by step."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hookline.config import parse
from hookline.errors import UnavailableError
from hookline.runtimes.embedded.active_config import ActiveConfig
from hookline.runtimes.embedded.reload import Reloader, Steps
from unit.embedded.fakes import LogBook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.config import Config
    from hookline.domain.queue import Queue

SOURCE = '[sources.s]\nverify = { scheme = "none" }\nid = "id"\n'
NOT_RELOADED = "the configuration was not reloaded: the one before stays in force"


class Holder:
    """A loaded configuration; nothing here looks at the rest of it."""

    def __init__(self, config: Config) -> None:
        self.config = config


class Idle:
    """A committer with nothing on its way."""

    async def passed(self) -> None:
        """Wait for nothing."""


def reloaded(*, fails_at: int) -> tuple[ActiveConfig, Holder, LogBook]:
    """What is in force, the new configuration, and the log, after a reload whose declaration of this number fails."""
    old, new = (parse(f"{SOURCE}[queues.{name}]\n", base=Path()) for name in ("before", "after"))
    current, fresh, log = ActiveConfig(cast("Any", Holder(old))), Holder(new), LogBook()
    declared = 0

    def declare(_queues: Sequence[Queue]) -> None:
        nonlocal declared
        declared += 1
        if declared == fails_at:
            raise UnavailableError("storage_unavailable", "the disk is at fault")

    steps = Steps(
        read=lambda: (new, {}),
        report=lambda _config: None,
        prepare=lambda _config, _secrets: cast("Any", fresh),
        declare=declare,
        take=lambda _loaded: None,
        fixed_secrets=lambda _config: [],
    )
    asyncio.run(Reloader(current, steps, committer=cast("Any", Idle()), log=log).reload())
    return current, fresh, log


def test_a_disk_that_fails_before_the_change_changes_nothing() -> None:
    """No route may name a queue that the store does not know."""
    current, fresh, log = reloaded(fails_at=1)

    assert current.loaded.config is not fresh.config
    assert log.texts() == [NOT_RELOADED]


def test_a_disk_that_fails_after_the_change_is_not_reported_as_no_change() -> None:
    """The operator would believe that the old secrets are still in force."""
    current, fresh, log = reloaded(fails_at=2)

    assert current.loaded.config is fresh.config
    assert NOT_RELOADED not in log.texts()
    assert log.texts("info") == ["reloaded"]
    assert "queues that left" in log.texts("warning")[0]
