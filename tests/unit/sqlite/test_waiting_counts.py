"""The counts of waiting messages stay right whatever happens to them, and whenever they are brought forward."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from contract.builders import PAYMENTS, START, event, message, routed
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import (
    SqliteMoveTasks,
    SqliteQueues,
    SqliteRetention,
    SqliteRoutedStore,
    SqliteWaitingCounts,
    waiting_counts,
)
from unit.sqlite.files import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hookline.adapters.sqlite import Database

COUNTED = "SELECT messages FROM waiting_counts WHERE queue = ?1 AND up_to > 0"
RIGHT = """
SELECT count(*) FROM messages WHERE queue = ?1 AND visible_at = 0 AND id <= (SELECT up_to FROM waiting_counts WHERE queue = ?1)
"""
QUEUES = ("payments", "payments-dlq", "refunds", "refunds-dlq")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few messages take several steps."""
    monkeypatch.setattr(waiting_counts, "_ENOUGH", 2)
    monkeypatch.setattr(waiting_counts, "_STEP", 3)


def _deeds(database: Database, clock: MemoryClock, random: Random) -> list[Callable[[], object]]:
    """All that changes which messages wait."""
    queues, tasks, retention = SqliteQueues(database), SqliteMoveTasks(database), SqliteRetention(database)
    number = iter(range(10_000))

    def store() -> None:
        batch = SqliteRoutedStore(database).stage(
            [routed(event(f"e{next(number)}"), "payments", "refunds") for _ in range(random.randrange(1, 12))]
        )
        assert batch is not None
        batch.commit()

    def receive() -> None:
        for taken in queues.receive(random.choice(QUEUES), max_messages=5, visibility_timeout=timedelta(seconds=9)):
            if random.random() < 0.5:
                queues.delete(random.choice(QUEUES), [taken.receipt])
            if random.random() < 0.5:
                queues.extend("payments", [taken.receipt], visibility_timeout=timedelta(0))

    def move_back() -> None:
        if (task := tasks.start("payments-dlq")) is not None:
            while tasks.advance(task, limit=2):
                pass

    return [
        store, store, receive, receive, receive, receive, move_back,
        lambda: queues.send("payments", [message(), message()]),
        lambda: queues.move("refunds", "payments", limit=3),
        lambda: queues.purge(random.choice(QUEUES)) if random.random() < 0.1 else None,
        lambda: clock.advance(timedelta(seconds=random.choice([1, 10]))),
        lambda: clock.advance(PAYMENTS.retention / 3) if random.random() < 0.2 else None,
        lambda: retention.expire_messages(limit=3),
        SqliteWaitingCounts(database).advance,
        SqliteWaitingCounts(database).advance,
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_a_count_is_right_after_everything_that_changes_it(tmp_path: Path, seed: int) -> None:
    """A count that is off once is off for good: a queue would seem to hold messages that nobody can receive."""
    clock, random = MemoryClock(START), Random(seed)
    with opened(tmp_path / "hookline.db", clock=clock) as database:
        deeds = _deeds(database, clock, random)
        seen = set()
        for _ in range(250):
            random.choice(deeds)()
            for name in QUEUES:
                values = (database.queues.get(name).id,)
                with database.read() as connection:
                    counted = connection.execute(COUNTED, values).fetchall()
                    assert counted in ([], connection.execute(RIGHT, values).fetchall()), name
                seen |= {count for (count,) in counted}

    assert len(seen) > 5


def test_an_advance_counts_what_came_since_and_nothing_twice(tmp_path: Path) -> None:
    """The server does it every second, and a file that an older version filled is counted at its first start."""
    with opened(tmp_path / "hookline.db") as database:
        queues, counts = SqliteQueues(database), SqliteWaitingCounts(database)
        depths = []
        for _ in range(3):
            queues.send("payments", [message()] * 7)
            counts.advance()
            counts.advance()
            depths.append(queues.depth("payments").visible)

    assert depths == [7, 14, 21]
