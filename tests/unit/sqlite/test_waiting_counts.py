"""The counts of waiting messages stay right whatever happens to them, and whenever they are brought forward."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from contract.builders import ORDERS, PAYMENTS, QUEUES, START, event, grouped, message, routed
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import (
    SqliteDeadLetters,
    SqliteMoveTasks,
    SqliteQueues,
    SqliteRetention,
    SqliteRoutedStore,
    SqliteWaitingCounts,
    waiting_counts,
)
from hookline.adapters.sqlite.query import rows
from hookline.ports.queues import Depth
from unit.sqlite.files import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hookline.adapters.sqlite import Database

COUNTED = "SELECT messages FROM waiting_counts WHERE queue = ?1"
RIGHT = """
SELECT count(*) FROM messages WHERE queue = ?1 AND visible_at = 0 AND id <= (SELECT up_to FROM waiting_counts WHERE queue = ?1)
"""
STANDING = "SELECT visible_at, sent_at, receipt FROM messages WHERE queue = ?1"
NAMES = ("payments", "payments-dlq", "refunds", "orders", "orders-dlq")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few messages take several steps."""
    monkeypatch.setattr(waiting_counts, "_ENOUGH", 2)
    monkeypatch.setattr(waiting_counts, "_STEP", 3)


def _deeds(database: Database, other: Database, clock: MemoryClock, random: Random) -> list[Callable[[], object]]:
    """All that changes which messages wait, here and in a second process ``other``."""
    queues, tasks, retention = SqliteQueues(database), SqliteMoveTasks(database), SqliteRetention(database)
    number = iter(range(10_000))

    def store() -> None:
        batch = SqliteRoutedStore(database).stage(
            [routed(event(f"e{next(number)}"), "payments", "refunds") for _ in range(random.randrange(1, 12))]
        )
        assert batch is not None
        batch.commit()

    def send_in_groups() -> None:
        queues.send("orders", [grouped(f"o{next(number)}", random.choice("ghi")) for _ in range(4)])

    def receive() -> None:
        name = random.choice(NAMES)
        for taken in queues.receive(name, max_messages=5, visibility_timeout=timedelta(seconds=9)):
            if random.random() < 0.4:
                queues.delete(random.choice([name, name, "refunds"]), [taken.receipt])
            if random.random() < 0.5:
                queues.extend(name, [taken.receipt], visibility_timeout=timedelta(0))

    def move_back() -> None:
        if (task := tasks.start(random.choice(["payments-dlq", "orders-dlq"]))) is not None:
            while tasks.advance(task, limit=2):
                pass

    return [
        store, store, send_in_groups, receive, receive, receive, receive, receive, receive, move_back,
        lambda: queues.send("payments", [message(), message(), replace(message(), delay=timedelta(seconds=5))]),
        lambda: _put_back(SqliteDeadLetters(database)),
        lambda: SqliteQueues(other).send("payments", [message()] * 3),
        lambda: queues.move("refunds", "payments", limit=3),
        lambda: queues.move("orders-dlq", "refunds", limit=3),
        lambda: queues.move("payments-dlq", "orders", limit=2),
        lambda: queues.purge(random.choice(NAMES)) if random.random() < 0.1 else None,
        lambda: clock.advance(timedelta(seconds=random.choice([1, 10]))),
        lambda: clock.advance(PAYMENTS.retention / 3) if random.random() < 0.2 else None,
        lambda: retention.expire_messages(limit=3),
        SqliteWaitingCounts(database).advance,
        SqliteWaitingCounts(database).advance,
    ]  # fmt: skip


def _put_back(letters: SqliteDeadLetters) -> None:
    with letters.opened("orders-dlq") as in_hand:
        in_hand.put_back(in_hand.next(2))


@pytest.mark.parametrize("seed", range(6))
def test_a_count_is_right_after_everything_that_changes_it(tmp_path: Path, seed: int) -> None:
    """A count that is wrong once stays wrong: a queue would seem to hold messages that nobody can receive."""
    clock, random, path = MemoryClock(START), Random(seed), tmp_path / "hookline.db"
    behind = MemoryClock(START - timedelta(hours=1))  # what it sends is older than some that was counted before
    with opened(path, queues=QUEUES, clock=clock) as database, opened(path, clock=behind, queues=None) as other:
        database.declare((*QUEUES, ORDERS))
        deeds = _deeds(database, other, clock, random)
        seen = {name: set[int]() for name in NAMES}
        for _ in range(300):
            random.choice(deeds)()
            for name in NAMES:
                values = (database.queues.get(name).id,)
                with database.read() as connection:
                    ((counted,),) = rows(connection, COUNTED, values)
                    assert [(counted,)] == rows(connection, RIGHT, values), name
                assert SqliteQueues(database).depth(name) == _depth(database, name), name
                seen[name].add(counted)

    assert sum(len(counts) > 1 for counts in seen.values()) >= len(NAMES) - 1


def _depth(database: Database, name: str) -> Depth:
    """The depth by a look at each message."""
    row, now = database.queues.get(name), database.now()
    with database.read() as connection:
        standing = rows(connection, STANDING, (row.id,))
    kept = [one for one in standing if one[1] > database.kept_since(row.retention)]
    visible = sum(visible_at <= now for visible_at, _, _ in kept)
    delayed = sum(visible_at > now and receipt is None for visible_at, _, receipt in kept)
    oldest = min((sent_at for _, sent_at, _ in kept), default=None)
    age = None if oldest is None else max(0, now - oldest) / 1_000_000
    return Depth(visible=visible, in_flight=len(kept) - visible - delayed, delayed=delayed, oldest_age=age)


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


def test_a_queue_that_is_new_has_its_count_from_its_first_message_on(tmp_path: Path) -> None:
    """Whatever was counted before on other queues: a message that came before its queue had a count would never be counted."""
    with opened(tmp_path / "hookline.db") as database:
        queues, counts = SqliteQueues(database), SqliteWaitingCounts(database)
        queues.send("payments", [message()] * 7)
        counts.advance()
        database.declare((*QUEUES, ORDERS))
        queues.send("orders", [grouped(f"o{number}", "g") for number in range(7)])
        before = queues.depth("orders").visible
        counts.advance()

        assert (before, queues.depth("orders").visible, queues.depth("payments").visible) == (7, 7, 7)
