"""When new events are refused because the disk is almost full, and when they are accepted again."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from hookline.errors import UnavailableError
from hookline.runtimes.embedded.health import Health
from hookline.runtimes.embedded.room import COPIES, PER_EVENT, Room, RoomWatch, Space, reserve_of
from unit.embedded.fakes import LogBook

MB = 1024 * 1024
RESERVE = 64 * MB
GAP = 1 * MB
FULL = "the disk is full: new events get 503 until there is room"


class Held:
    """Space that is held back as by a file; ``refuses`` when there is none."""

    size = RESERVE // 4

    def __init__(self) -> None:
        self.held = 0
        self.refuses = False
        self.spare = 0

    def hold(self, *, spare: int = 0) -> bool:
        """Hold it back."""
        self.spare = spare
        self.held = 0 if self.refuses else self.size
        return not self.refuses

    def drop(self) -> bool:
        """Give it back."""
        held, self.held = self.held, 0
        return held > 0


class Disk:
    """A disk that a test sets, and a room over it."""

    def __init__(self, *, reserve: int = RESERVE) -> None:
        self.space = Space(free=100 * RESERVE, reusable=0, used=0)
        self.folded: Space | None = None
        self.folds = 0
        self.held_at_fold = -1
        self.can_grow = True
        self.held = Held()
        self.health = Health()
        self.log = LogBook()
        self.room = Room(
            look=lambda: self.space,
            fold=self._fold,
            can_grow=lambda: self.can_grow,
            reserve=reserve,
            held_back=self.held,
            health=self.health,
            log=self.log,
        )

    def has(self, *, free: int, reusable: int = 0, log: int = 0) -> None:
        """Look at a disk with ``free`` bytes."""
        self.space = replace(self.space, free=free, reusable=reusable, log=log)
        self.room.check()

    def refusal(self, size: int) -> UnavailableError | None:
        """Take room for an event, as the committer does; returns why there is none."""
        self.room.left -= PER_EVENT + COPIES * size
        return self.room.refusal(size) if self.room.left < 0 else None

    def _fold(self) -> None:
        self.folds += 1
        self.held_at_fold = self.held.held
        if self.folded is None:
            raise UnavailableError("storage_unavailable", "another writer held the lock")
        self.space = self.folded

    @property
    def said(self) -> list[str]:
        """The lines of the log."""
        return [line.text for line in self.log.lines]


@pytest.mark.parametrize(
    ("configured", "total", "reserve"),
    [
        (None, 10_000 * MB, 128 * MB),
        (None, 100 * MB, 10 * MB),
        (None, 0, 0),
        (5 * MB, 10 * MB, 5 * MB),
        (0, 10 * MB, 0),
    ],
)
def test_the_reserve_fits_the_disk_unless_it_is_written(configured: int | None, total: int, reserve: int) -> None:
    """A default larger than a small volume would refuse every event."""
    assert reserve_of(configured, total) == reserve


def test_far_above_the_mark_a_look_a_second_is_enough() -> None:
    """Each look takes turns from the event loop; near the mark, or once a write has failed, ten a second are worth it."""
    disk = Disk()

    disk.has(free=RESERVE + 5000 * MB)
    far = disk.room.pause
    disk.has(free=RESERVE + 4000 * MB)
    near = disk.room.pause
    disk.has(free=RESERVE + 5000 * MB)
    disk.health.storage_failed(UnavailableError("storage_unavailable", "disk I/O error"))
    broken = disk.room.pause

    assert (far, near, broken) == (1.0, 0.1, 0.1)


def test_above_the_mark_events_are_taken() -> None:
    """An amount that is exactly at the mark counts as above it."""
    disk = Disk()

    disk.has(free=RESERVE)

    assert disk.health.ready
    assert disk.refusal(1000) is None


def test_below_the_mark_new_events_are_refused_and_the_storage_still_works() -> None:
    """Consumers, retention and checkpoints must continue, because they free space."""
    disk = Disk()

    disk.has(free=RESERVE - 1)

    refusal = disk.refusal(1000)
    assert refusal is not None
    assert (refusal.code, refusal.status) == ("storage_full", 503)
    assert (disk.health.ready, disk.health.works) == (False, True)
    assert "[storage] reserve" in str(disk.health.full)


def test_what_is_held_back_is_a_part_of_the_reserve() -> None:
    """The space of a file that is held back counts as free, or the mark would move."""
    disk = Disk()
    disk.has(free=RESERVE)
    assert disk.held.held == disk.held.size

    disk.has(free=RESERVE - disk.held.size)
    at_mark = disk.health.ready
    disk.has(free=RESERVE - disk.held.size - 1)

    assert (at_mark, disk.health.ready) == (True, False)


def test_empty_pages_count_as_room() -> None:
    """A file never shrinks: after hookline filled the disk and was emptied, it has no other room."""
    disk = Disk()

    disk.has(free=RESERVE // 2, reusable=RESERVE // 2)

    assert disk.health.ready


def test_empty_pages_do_not_help_where_the_log_has_no_room() -> None:
    """Every change goes through the log first, which needs bytes that are really free."""
    disk = Disk()
    disk.held.refuses = True

    disk.has(free=RESERVE // 8 - 1, reusable=100 * RESERVE)

    assert not disk.health.ready


def test_the_way_back_needs_a_little_more_than_the_mark() -> None:
    """Otherwise each event that goes and comes would change the decision."""
    disk = Disk()
    disk.held.refuses = True
    disk.has(free=RESERVE - 1)
    disk.held.refuses = False

    disk.has(free=RESERVE + GAP - 1)
    not_yet = disk.health.ready
    disk.has(free=RESERVE + GAP)

    assert (not_yet, disk.health.ready) == (False, True)


def test_the_way_back_needs_room_to_hold_back_again() -> None:
    """A file system with a quota reports space that the user cannot write to."""
    disk = Disk()
    disk.held.refuses = True
    disk.has(free=RESERVE - 1)

    disk.has(free=100 * RESERVE)
    refused = disk.health.ready
    asked_spare = disk.held.spare
    disk.held.refuses = False
    disk.has(free=100 * RESERVE)

    assert (refused, disk.health.ready) == (False, True)
    assert asked_spare == disk.held.size


def test_with_empty_pages_the_disk_need_not_grow_to_continue() -> None:
    """The pages of an emptied file can take the next events, also under a quota."""
    disk = Disk()
    disk.held.refuses = True
    disk.has(free=RESERVE - 1)
    disk.held.refuses = False

    disk.has(free=RESERVE, reusable=RESERVE)

    assert disk.health.ready
    assert disk.held.spare == 0


def test_a_write_that_failed_for_want_of_room_gives_up_what_was_held_back() -> None:
    """The mark cannot see a quota, so consumers get the bytes that were held back for them."""
    disk = Disk()
    disk.has(free=RESERVE)
    disk.health.storage_failed(UnavailableError("storage_unavailable", "SQLite: FullError: database or disk is full"))
    disk.can_grow = False

    disk.has(free=100 * RESERVE)

    assert disk.held.held == 0
    assert disk.health.full is not None


def test_a_write_that_failed_for_another_reason_gives_nothing_up() -> None:
    """A disk that is read-only or broken is not full."""
    disk = Disk()
    disk.has(free=RESERVE)
    disk.health.storage_failed(UnavailableError("storage_unavailable", "SQLite: IOError: disk I/O error"))

    disk.has(free=100 * RESERVE)

    assert disk.held.held == disk.held.size
    assert disk.health.full is None


def test_what_is_given_up_is_used_for_the_log_first() -> None:
    """If consumers used it for a longer log, the database could never grow by what is in the log, and the disk would stay full."""
    disk = Disk()
    disk.has(free=RESERVE)
    disk.has(free=RESERVE // 4, log=RESERVE // 4)  # a reader uses the log: the next attempt is a second away
    disk.folded = Space(free=RESERVE // 4, reusable=0, used=0)

    disk.has(free=0, log=RESERVE // 4)

    assert (disk.folds, disk.held_at_fold) == (2, 0)
    assert disk.health.full is not None


def test_a_log_that_could_not_be_brought_in_is_tried_again_when_something_was_given_up() -> None:
    """A second later consumers may have used what was given up."""
    disk = Disk()
    disk.has(free=RESERVE)

    disk.has(free=0, log=RESERVE // 4)
    disk.has(free=0, log=RESERVE // 4)
    disk.has(free=0, log=RESERVE // 4)

    assert disk.folds == 3  # before, immediately after, and at the next look; then once a second


def test_what_is_held_back_is_given_up_before_nothing_is_left() -> None:
    """Another program may take the reserve while no event comes; consumers must not find a full disk."""
    disk = Disk()
    disk.has(free=RESERVE)

    disk.has(free=RESERVE // 16 - 1)

    assert disk.held.held == 0
    assert not disk.health.ready


def test_the_log_gives_back_what_it_can_before_the_disk_is_called_full() -> None:
    """The space of a log that grew in a burst can be used again."""
    disk = Disk()
    disk.folded = Space(free=RESERVE, reusable=0, used=0)

    disk.has(free=RESERVE // 2 + 1, log=RESERVE // 2)

    assert disk.health.ready


def test_a_log_that_cannot_be_brought_in_now_is_waited_for_while_half_the_reserve_is_left() -> None:
    """A reader that soon ends must not make the server refuse events."""
    disk = Disk()
    disk.held.refuses = True

    disk.has(free=RESERVE * 3 // 4, log=RESERVE // 2)
    waited = disk.health.ready
    disk.has(free=RESERVE // 2 - 1, log=RESERVE // 2)

    assert (waited, disk.health.ready) == (True, False)


def test_a_log_that_cannot_be_brought_in_is_not_tried_at_each_look() -> None:
    """Writers wait during each attempt, and a backup may read for minutes."""
    disk = Disk()

    for _ in range(5):
        disk.has(free=RESERVE // 4, log=RESERVE // 2)

    assert disk.folds == 1


def test_between_two_looks_events_cannot_use_the_reserve() -> None:
    """A look that comes late on a busy machine must not cost the room that consumers need."""
    disk = Disk()
    disk.has(free=RESERVE + 10 * MB)
    room = disk.space.free

    taken = 0
    while disk.refusal(MB) is None:
        taken += 1
        room -= 2 * MB
        disk.space = replace(disk.space, free=room)

    assert taken >= 5
    assert room + disk.held.held > RESERVE * 7 // 8
    assert disk.room.wanted.is_set()


def test_without_a_reserve_nothing_is_held_back_or_refused() -> None:
    """``reserve = 0`` is the operator's own decision."""
    disk = Disk(reserve=0)
    disk.held.size = 0

    disk.has(free=0)

    assert disk.health.ready
    assert disk.refusal(10**9) is None


def test_a_full_disk_is_said_once_and_its_end_too() -> None:
    """A message at each of ten looks a second would hide all others in the log."""
    disk = Disk()
    disk.held.refuses = True
    for _ in range(5):
        disk.has(free=RESERVE - 1)
    disk.held.refuses = False
    for _ in range(5):
        disk.has(free=100 * RESERVE)

    assert disk.said == [FULL, "the disk has free space again: new events are accepted"]
    assert disk.log.lines[0].fields == {"free": RESERVE - 1, "reusable": 0, "database": 0, "reserve": RESERVE}


def test_a_disk_at_the_mark_does_not_fill_the_log() -> None:
    """Consumers free a little, senders take it: that may continue for a day."""
    disk = Disk()
    for _ in range(10):
        disk.held.drop()
        disk.held.refuses = True
        disk.has(free=RESERVE - 1)
        disk.held.refuses = False
        disk.has(free=100 * RESERVE)

    assert len(disk.said) == 2


def test_a_small_database_on_a_large_disk_holds_nothing_back() -> None:
    """A file of many megabytes next to a few events would be waste; once either is tight, it is worth it."""
    disk = Disk()

    disk.has(free=9 * RESERVE)
    before = disk.held.held
    disk.space = replace(disk.space, used=RESERVE)
    disk.has(free=9 * RESERVE)

    assert (before, disk.held.held) == (0, disk.held.size)


def test_the_watch_has_looked_before_the_first_request_and_looks_on() -> None:
    """A server that starts on a full disk must not take one event first."""
    disk = Disk()
    disk.space = replace(disk.space, free=0)
    watch = RoomWatch(disk.room, log=disk.log)

    watch.start()
    first = disk.health.ready
    disk.space = replace(disk.space, free=100 * RESERVE)
    disk.room.wanted.set()
    end = time.monotonic() + 60
    while not disk.health.ready and time.monotonic() < end:
        time.sleep(0.01)
    watch.stop()

    assert (first, disk.health.ready) == (False, True)
