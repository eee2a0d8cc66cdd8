"""Uses of access keys are written rarely, and none is lost to a fault of the disk."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from contract.builders import START
from hookline.adapters.memory.key_uses import MemoryKeyUses
from hookline.errors import UnavailableError
from hookline.ports.key_uses import KeyUse
from hookline.runtimes.embedded.key_use_writer import KeyUseWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


class FailingOnce(MemoryKeyUses):
    """A store whose disk fails at the first write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def note(self, uses: Mapping[str, datetime | None], *, at: datetime) -> None:
        self.writes += 1
        if self.writes == 1:
            raise UnavailableError("storage_unavailable", "the disk is at fault")
        super().note(uses, at=at)


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_configured_keys_and_uses_are_written() -> None:
    """Configured keys are written at the start, and used ones at the end at the latest."""
    store = MemoryKeyUses()
    writer = KeyUseWriter(store, now=lambda: START)
    writer.configured(["shop", "ops"])
    writer.start()
    until(store.known)
    writer.used("shop")
    writer.used("shop")
    writer.stop()

    assert store.known() == {
        "shop": KeyUse(first_seen_at=START, last_used_at=START),
        "ops": KeyUse(first_seen_at=START),
    }


def test_a_use_is_not_lost_to_a_disk_that_fails_for_a_while() -> None:
    """The next write contains it."""
    store = FailingOnce()
    writer = KeyUseWriter(store, now=lambda: START, pause=0.01)
    writer.used("shop")
    writer.configured(["shop"])
    writer.start()

    until(store.known)
    writer.stop()

    assert store.known() == {"shop": KeyUse(first_seen_at=START, last_used_at=START)}


def test_without_keys_nothing_is_written() -> None:
    """A home without access keys has no cost for them."""
    store = FailingOnce()
    writer = KeyUseWriter(store, now=lambda: START)
    writer.start()
    writer.stop()

    assert store.writes == 0
