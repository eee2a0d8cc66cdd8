"""Keeps room on the disk for what empties it: new events are refused before the last bytes are used."""

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
"""The write-ahead log grows to 32 MiB before it is folded into the file, which then grows by as much; a fast disk takes 50 MB in the
tenth of a second between two looks; the rest is for what consumers and retention write while they empty it."""

_SHARE = 10
"""On a small file system no more than a tenth is kept back."""

PER_EVENT = 32 * 1024
"""The most that an event writes in addition to its body: about eight pages, when it has a transaction of its own."""

COPIES = 2
"""How often a body is written: to the log, and from there to the file."""

_COME_AGAIN = 30
"""Seconds until a sender should come again when the disk is full: consumers and people need longer than a disk that stumbles."""

_LOOK_EVERY, _LOOK_SELDOM = 0.1, 1.0
_FAR = 4 * 1024 * 1024 * 1024
"""Bytes above the mark that a disk does not take within a second. A look costs the event loop its turn a dozen times."""

_SOONEST = 0.005
_TELL_EVERY = 60.0
_FOLD_EVERY = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Bytes: free on the file system once the log is in the database, in empty pages of the database, and in the database and its log."""

    free: int
    reusable: int
    used: int
    log: int = 0


class HeldBack(Protocol):
    """Room that is held back until the disk is full."""

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

    def drop(self) -> None:
        """Release the reserved bytes."""
        ...


def reserve_of(configured: int | None, total: int) -> int:
    """The bytes that are kept for other writes than new events, on a file system of ``total`` bytes (0: without a limit)."""
    if configured is not None:
        return configured
    return min(_USUAL, total // _SHARE) if total else 0


class Room:
    """Decides whether new events can be taken, with a gap between both decisions so that it does not change with every event.

    Empty pages of the database count as room: they take new events without more of the disk. Between two looks events may use what was
    above the mark, so that a look that comes late never lets them use the reserve. A part of the reserve (``held_back``) is
    a file that is given up as soon as a write fails for want of room, which may come before the mark: by a quota, or by other programs.
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
        """Bytes that new events may use before ``refusal`` is asked. The committer subtracts what each event uses, on the event loop."""
        self.wanted = threading.Event()
        """Set when a look should not wait for its time."""
        self._told, self._told_at = False, -_TELL_EVERY

    def refusal(self, size: int) -> UnavailableError | None:
        """Why an event with a body of ``size`` bytes cannot be taken now, or None: asked when ``left`` did not suffice for it."""
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
            "storage_full", "the disk is nearly full, and what is left has to be counted first", retry_after=1
        )

    def take(self, size: int) -> UnavailableError | None:
        """Take the room of a message with a body of ``size`` bytes from what is left. Why there is none, or None."""
        self.left -= PER_EVENT + COPIES * size
        return self.refusal(size) if self.left < 0 else None

    @property
    def pause(self) -> float:
        """Seconds until the next look."""
        return _LOOK_SELDOM if self.left > _FAR and self._health.fault is None else _LOOK_EVERY

    def check(self) -> None:
        """Look, and decide. Any fault of the look itself is the caller's."""
        self._decide(self._looked())

    def _decide(self, space: Space) -> None:
        left = self._may_use(space)
        if self._is_used_up(space):
            self._held_back.drop()
            self._enter(space)
        elif self._health.full is not None:
            self._leave_if_possible(space)
        elif self._is_below_mark(space):
            if space.log <= self._gap or self._is_below_mark(space, half=True):
                self._enter(space)  # else the log has to give back its part first: at the next look
        else:
            self._hold_back(space)
        self.left = -1 if self._health.full is not None else left

    def _hold_back(self, space: Space) -> None:
        if self._is_tight(space) and not self._held_back.held:
            self._held_back.hold()

    def _may_use(self, space: Space) -> int:
        """The bytes that events may use until the next look: what is above the mark once the log was given back, and two events more.

        So the disk is below the mark when one is refused, and the next look says so.
        """
        log = min(space.log, self._reserve // 2)
        return space.free + log + space.reusable + self._held_back.held - self._reserve + 2 * PER_EVENT

    def _looked(self) -> Space:
        """What there is, after the log has given back to the disk what it can, where that may decide."""
        space = self._look()
        low = self._health.full is not None or self._is_below_mark(space)
        if not low or space.log <= self._gap or monotonic() < self._fold_at:
            return space
        try:
            self._fold()
        except UnavailableError:  # a reader or a writer was in the way, or there is no room even for this
            self._fold_at = monotonic() + _FOLD_EVERY  # each attempt keeps writers waiting for a moment
            return space
        self._fold_at = monotonic() + (_FOLD_EVERY if self._health.full else 0)
        return self._look()

    def _is_used_up(self, space: Space) -> bool:
        """Whether consumers have no room either: by what the file system says, or where a write failed, by trying."""
        held = self._held_back.held
        if held and space.free < self._reserve // 16:
            return True
        return self._health.fault is not None and not self._can_grow()

    def _is_below_mark(self, space: Space, *, half: bool = False) -> bool:
        held, mark = self._held_back.held, self._reserve // 2 if half else self._reserve
        return space.free + space.reusable + held < mark or space.free + held < mark // 8

    def _is_tight(self, space: Space) -> bool:
        """Whether room is held back already: not for a small database on a large disk, where it would be waste."""
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
    """Looks at the room ten times a second, or once while much is left, from a thread of its own: a request never waits for it."""

    def __init__(self, room: Room, *, log: Log) -> None:
        self._room = room
        self._log = log
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookline-room", daemon=True)

    def start(self) -> None:
        """Look once, so that the first request meets the right answer, and go on looking."""
        self._check()
        self._thread.start()

    def stop(self, *, patience: float = 5.0) -> None:
        """Stop looking. Wait for the thread at most ``patience`` seconds."""
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
        except OSError:  # the folder is gone: the next writer reports it
            return
        except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would be worse
            self._log.fault("checking the disk's free space failed", fault)
