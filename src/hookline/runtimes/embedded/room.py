"""Reserves disk space for consumers and retention, which free space: new events are refused before the disk is full."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.log import Log

__all__ = ["COPIES", "PER_EVENT", "HeldBack", "Room", "RoomWatch", "Space", "reserve_of"]

_USUAL = 128 * 1024 * 1024
"""The write-ahead log grows to 32 MiB before it is copied into the file, which then grows by as much; a fast disk writes 50 MB in the
tenth of a second between two checks; the rest is for the writes of consumers and retention while they free space."""

_SHARE = 10
"""On a small file system at most a tenth is reserved."""

PER_EVENT = 32 * 1024
"""The most bytes that an event writes in addition to its body: about eight pages, if its transaction has no other event."""

COPIES = 2
"""How often a body is written: once to the log, and once from there to the file."""

_COME_AGAIN = 30
"""Seconds of Retry-After when the disk is full: freeing space takes longer than the end of a short fault."""

_LOOK_EVERY, _LOOK_SELDOM = 0.1, 1.0
_FAR = 4 * 1024 * 1024 * 1024
"""Bytes above the mark that a disk cannot write within a second: with more, fewer checks are needed, which interrupt the loop."""

_SOONEST = 0.005
_TELL_EVERY = 60.0
_FOLD_EVERY = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Sizes in bytes: free space after the log is copied into the database, empty pages of the database, and database with its log."""

    free: int
    reusable: int
    used: int
    log: int = 0


class HeldBack(Protocol):
    """Space that is reserved until the disk is full."""

    @property
    def size(self) -> int:
        """The bytes that ``hold`` reserves."""
        ...

    @property
    def held(self) -> int:
        """The bytes that are reserved now."""
        ...

    def hold(self, *, spare: int = 0) -> bool:
        """Reserve the bytes if the disk has room for them and for ``spare`` more; returns whether they are reserved."""
        ...

    def drop(self) -> bool:
        """Release the reserved bytes; returns whether there were any."""
        ...


def reserve_of(configured: int | None, total: int) -> int:
    """The bytes that are reserved for writes other than new events, on a file system of ``total`` bytes (0: without a limit)."""
    if configured is not None:
        return configured
    return min(_USUAL, total // _SHARE) if total else 0


class Room:
    """Decides whether new events can be accepted, with two different marks, so that the decision does not change with every event.

    Empty pages of the database count as free space, because new events can use them. Between two checks events may only use the space
    above the mark, so that a late check never lets them use the reserve. A part of the reserve (``held_back``) is a file that is deleted
    when a write fails because the disk is full, which may happen above the mark, because of a quota or other programs.
    """

    def __init__(
        self,
        *,
        look: Callable[[], Space],
        fold: Callable[[], None],
        can_grow: Callable[[], bool],
        reserve: int,
        held_back: HeldBack,
        health: Health,
        log: Log,
    ) -> None:
        self._look = look
        self._fold = fold
        self._fold_at = monotonic()
        self._can_grow = can_grow
        self._reserve = reserve
        self._gap = max(3 * PER_EVENT, min(1024 * 1024, reserve // 64))
        self._held_back = held_back
        self._health = health
        self._log = log
        self.left = -1
        """Bytes that new events may use before ``refusal`` must be called. On the event loop the committer subtracts each event's bytes."""
        self.wanted = threading.Event()
        """Set when the next check should be done immediately."""
        self._told, self._told_at = False, -_TELL_EVERY

    def refusal(self, size: int) -> UnavailableError | None:
        """Why an event with a body of ``size`` bytes cannot be accepted now, or None. Called when ``left`` is not enough for it."""
        if (reason := self._health.full) is not None:
            return UnavailableError("storage_full", reason, retry_after=_COME_AGAIN)
        if not self._reserve:
            self.left = sys.maxsize
            return None
        self.wanted.set()
        self.left = self._may_use(self._look()) - PER_EVENT - COPIES * size
        if self.left >= 0:
            return None
        return UnavailableError(
            "storage_full",
            "the disk is nearly full, and hookline must first check how much space is left",
            retry_after=1,
        )

    def take(self, size: int) -> UnavailableError | None:
        """Subtract the space of a message with a body of ``size`` bytes; returns why there is none, or None."""
        self.left -= PER_EVENT + COPIES * size
        return self.refusal(size) if self.left < 0 else None

    @property
    def pause(self) -> float:
        """Seconds until the next check."""
        return _LOOK_SELDOM if self.left > _FAR and self._health.fault is None else _LOOK_EVERY

    def check(self) -> None:
        """Check the space and decide. Raises the faults of the check."""
        self._decide(self._looked())

    def _decide(self, space: Space) -> None:
        left = self._may_use(space)
        if self._is_used_up(space):
            self._release()
            self._enter(space)
        elif self._health.full is not None:
            self._leave_if_possible(space)
        elif self._is_below_mark(space):
            if space.log <= self._gap or self._is_below_mark(space, half=True):
                self._enter(space)  # otherwise the log must be truncated first, at the next check
        else:
            self._hold_back(space)
        self.left = -1 if self._health.full is not None else left

    def _hold_back(self, space: Space) -> None:
        if self._is_tight(space) and not self._held_back.held:
            self._held_back.hold()

    def _release(self) -> None:
        """Release the reserved bytes, and use them first to copy the log into the database.

        If consumers used all of them for a longer log, the database could not grow any more, and the log could not be truncated: then
        nothing could free space.
        """
        if self._held_back.drop() and not self._fold_now():
            self._fold_at = monotonic()  # again at the next check

    def _may_use(self, space: Space) -> int:
        """The bytes that events may use until the next check: the space above the mark after the log was truncated, and two events more.

        So when an event is refused, the disk is below the mark, and the next check decides accordingly.
        """
        log = min(space.log, self._reserve // 2)
        return space.free + log + space.reusable + self._held_back.held - self._reserve + 2 * PER_EVENT

    def _looked(self) -> Space:
        """The present space; the log is truncated first if that may change the decision."""
        space = self._look()
        low = self._health.full is not None or self._is_below_mark(space)
        if not low or space.log <= self._gap or monotonic() < self._fold_at:
            return space
        return self._look() if self._fold_now() else space

    def _fold_now(self) -> bool:
        """Copy the log into the database and truncate it; returns whether that was possible."""
        try:
            self._fold()
        except UnavailableError:  # a reader or a writer used the log, or there is no space even for this
            self._fold_at = monotonic() + _FOLD_EVERY  # writers wait during each attempt
            return False
        self._fold_at = monotonic() + (_FOLD_EVERY if self._health.full else 0)
        return True

    def _is_used_up(self, space: Space) -> bool:
        """Whether consumers have no space either: from the file system's numbers, or after a failed write, by a test."""
        held = self._held_back.held
        if held and space.free < self._reserve // 16:
            return True
        return self._health.fault is not None and not self._can_grow()

    def _is_below_mark(self, space: Space, *, half: bool = False) -> bool:
        held, mark = self._held_back.held, self._reserve // 2 if half else self._reserve
        return space.free + space.reusable + held < mark or space.free + held < mark // 8

    def _is_tight(self, space: Space) -> bool:
        """Whether space must be reserved now: not for a small database on a large disk, where it would be wasted."""
        return space.free < 8 * self._reserve or space.used > 2 * self._held_back.size

    def _leave_if_possible(self, space: Space) -> None:
        held = self._held_back.held
        enough = space.free + space.reusable + held >= self._reserve + self._gap
        if not enough or space.free + held < self._reserve // 4:
            return
        if not self._reserve and not self._can_grow():
            return
        if not self._held_back.hold(spare=max(0, self._held_back.size - space.reusable)):
            return
        if self._health.has_room() and self._told:
            self._told = False
            self._log.say("info", "the disk has free space again: new events are accepted", **self._facts(space))

    def _enter(self, space: Space) -> None:
        reason = (
            f"the disk is full: {space.free} bytes are free and {space.reusable} can be used again in the database, "
            f"{self._reserve} are kept for consumers, retention and checkpoints ([storage] reserve)"
        )
        if self._health.is_full(reason) and monotonic() - self._told_at >= _TELL_EVERY:
            self._told, self._told_at = True, monotonic()
            self._log.say("error", "the disk is full: new events get 503 until there is room", **self._facts(space))

    def _facts(self, space: Space) -> dict[str, int]:
        return {"free": space.free, "reusable": space.reusable, "database": space.used, "reserve": self._reserve}


class RoomWatch:
    """Checks the space ten times a second, or once while much is left, on a separate thread, so that no request waits for it."""

    def __init__(self, room: Room, *, log: Log) -> None:
        self._room = room
        self._log = log
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookline-room", daemon=True)

    def start(self) -> None:
        """Check once, so that the first request gets the right answer, and start the thread."""
        self._check()
        self._thread.start()

    def stop(self, *, patience: float = 5.0) -> None:
        """Stop the checks. Wait for the thread at most ``patience`` seconds."""
        self._stopping.set()
        self._room.wanted.set()
        if self._thread.is_alive():
            self._thread.join(timeout=patience)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._room.wanted.wait(self._room.pause):
                self._room.wanted.clear()
                self._stopping.wait(_SOONEST)
            self._check()

    def _check(self) -> None:
        try:
            self._room.check()
        except OSError:  # the folder was removed: the next writer reports it
            return
        except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would be worse
            self._log.fault("checking the disk's free space failed", fault)
