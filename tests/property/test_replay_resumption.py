"""A replay that is killed between any two calls, and continues, puts every event through once, in SQLite as in the memory model."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any  # Any: arguments that are passed on

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.builders import QUEUES, START, event, routed
from contract.homes import LOCAL_OPENERS
from effort import examples
from hookline.domain.event import Status
from hookline.domain.route import Route
from hookline.patterns import compile_pattern
from hookline.pipeline.audited import Run
from hookline.pipeline.bulk_replay import BulkReplay, ReplayRequest, deliver_here
from hookline.pipeline.route import Router
from hookline.ports.replays import ReplayState

if TYPE_CHECKING:
    from collections.abc import Callable

    from contract.homes import LocalHome
    from hookline.ports.replays import ReplayRecord

ROUTER = Router(
    [
        Route(match=compile_pattern({"type": ["payment"]}), queues=("payments", "refunds")),
        Route(match=compile_pattern({"type": ["refund"]}), queues=("refunds",)),
    ]
)
DAY = timedelta(days=1)
EVERYTHING = 1000


class KilledError(Exception):
    """The process ends here."""


class Fuse:
    """Ends the process at the call of this number; None never does."""

    def __init__(self, calls: int | None) -> None:
        self._left = calls

    def around(self, act: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
        """``act``, with a kill before or after it."""

        def call(*given: Any, **named: Any) -> Any:
            if not after:
                self._burn()
            result = act(*given, **named)
            if after:
                self._burn()
            return result

        return call

    def _burn(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise KilledError


class Killable:
    """A port whose calls burn the fuse."""

    def __init__(self, port: object, fuse: Fuse, *, after: bool) -> None:
        self._port, self._fuse, self._after = port, fuse, after

    def __getattr__(self, name: str) -> Any:
        return self._fuse.around(getattr(self._port, name), after=self._after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """After how many calls, before or after the last of them, and whether recovery runs before the replay continues."""

    calls: int
    after: bool
    recovers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An event that is there before the replay: its status, and how long after the first it was received."""

    kind: str
    status: Status
    days: int


STORED = st.builds(
    Stored,
    kind=st.sampled_from(["payment", "refund", "other"]),
    status=st.sampled_from([Status.ROUTED, Status.ROUTED, Status.FAILED, Status.RECEIVED]),
    days=st.integers(0, 3),
)
KILLS = st.lists(st.builds(Kill, calls=st.integers(0, 12), after=st.booleans(), recovers=st.booleans()), max_size=4)


@settings(max_examples=examples(60), deadline=None)
@given(
    stored=st.lists(STORED, max_size=9),
    kills=KILLS,
    at_once=st.integers(1, 4),
    queue=st.sampled_from([None, None, "refunds"]),
    status=st.sampled_from([None, None, "failed", "routed"]),
)
def test_a_replay_that_continues_leaves_nothing_out_and_repeats_nothing(
    stored: list[Stored], kills: list[Kill], at_once: int, queue: str | None, status: str | None
) -> None:
    """Killed before or after any read, write or delivery, with or without recovery in between; all backends end alike.

    Backends choose the sizes of their batches, so a kill leaves different events to recovery, which may deliver them in another order.
    """
    words = {"since": "2000d"} | ({"queue": queue} if queue else {}) | ({"status": status} if status else {})
    ends = []
    for opener in LOCAL_OPENERS.values():
        with ExitStack() as stack, TemporaryDirectory() as folder:
            home = opener(Path(folder), stack)
            _store(home, stored)
            waiting = {event(f"{number}").id for number, one in enumerate(stored) if one.status is Status.RECEIVED}
            meant = _meant(stored, queue, status)
            home, done = _replayed(home, words, kills, at_once)
            _recover(home)
            messages = _replayed_messages(home)
            ends.append((done.replayed, sorted(messages) if kills else messages))
            assert done.state is ReplayState.FINISHED
            assert sorted(messages) == sorted(meant)
            assert not waiting & {event_id for _, event_id in messages}

    assert ends == [ends[0]] * len(LOCAL_OPENERS)


def _store(home: LocalHome, stored: list[Stored]) -> None:
    for number, one in enumerate(stored):
        given = event(f"{number}", type=one.kind, received_at=START + DAY * one.days)
        if one.status is Status.ROUTED:
            home.keep(replace(routed(given, "payments"), queues=ROUTER.route(given).queues))
        else:
            home.events.add([given])
        if one.status is Status.FAILED:
            home.outbox.fail(given.id, reason="broken")
    home.clock.advance(DAY * 4)


def _meant(stored: list[Stored], queue: str | None, status: str | None) -> list[tuple[str, str]]:
    """The messages that the replay has to send: queue and event id."""
    found = []
    for number, one in enumerate(stored):
        given = event(f"{number}", type=one.kind)
        queues = ROUTER.route(given).queues
        if one.status is Status.RECEIVED or (status and one.status != status) or (queue and queue not in queues):
            continue
        found += [(name, given.id) for name in ([queue] if queue else queues)]
    return found


def _replayed(
    home: LocalHome, words: dict[str, str], kills: list[Kill], at_once: int
) -> tuple[LocalHome, ReplayRecord]:
    for number, kill in enumerate([*kills, None]):
        fuse = Fuse(kill.calls if kill else None)
        after = kill is not None and kill.after
        bulk: Any = Killable(home.replays, fuse, after=after), Killable(home.audit, fuse, after=after)
        replays = BulkReplay(
            replays=bulk[0],
            audit=bulk[1],
            router=ROUTER,
            deliver=fuse.around(deliver_here(home.outbox, ROUTER), after=after),
            known_queues=[each.name for each in QUEUES],
        )
        run = Run(id=f"run{number}", actor="ann@desk", at=home.clock.now(), reason="a test")
        try:
            *_, done = replays.run(replays.prepare(ReplayRequest.of(words, run.at), run).replay, run, at_once=at_once)
        except KilledError:
            home = home.restart()
            for ended in (home.replays.get(f"run{begun}") for begun in range(number + 1)):
                if ended is not None and ended.state is ReplayState.FINISHED:
                    return home, ended  # killed when all was done: the operator only saw no message
            if kill is not None and kill.recovers:
                _recover(home)
        else:
            return home, done
    raise AssertionError("the last run is not killed")


def _recover(home: LocalHome) -> None:
    """Deliver what a replay has reopened, as recovery does; what waited before stays as it is, so that the two can be distinguished."""
    now = home.clock.steady()
    for stored in home.outbox.pending(received_before=now + DAY, due_at=now, limit=EVERYTHING):
        if stored.replay is not None:
            home.outbox.deliver([ROUTER.route_stored(stored)])


def _replayed_messages(home: LocalHome) -> list[tuple[str, str]]:
    """Queue and event id of each message that names a replay."""
    return [
        (queue.name, message.event_id)
        for queue in QUEUES
        for message in home.queues.peek(queue.name, limit=EVERYTHING)
        if "replay_id" in message.attributes
    ]
