"""Applies operators' pauses while the server runs, and releases held events after a resume."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from hookline.domain.pause import PauseState
from hookline.errors import UnavailableError
from hookline.pipeline.pauses import release_step, source_states

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from hookline.domain.pause import Pause, Paused
    from hookline.pipeline.route import Router
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import EventStore
    from hookline.ports.held_events import HeldEvents
    from hookline.ports.outbox import Outbox
    from hookline.ports.pauses import Pauses
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.log import Log

__all__ = ["PauseWatch", "deliver_held"]

_LOOK_EVERY = 0.5  # seconds

_SAID: Mapping[PauseState, str] = {
    PauseState.PAUSED: "paused",
    PauseState.HOLDING: "paused: its events are accepted and held",
    PauseState.RELEASING: "resumed: held events go to their queues",
    PauseState.RELEASED: "resumed: all held events were routed",
}


class PauseWatch:
    """One thread that reads the pauses twice a second, applies them and reports changes."""

    def __init__(
        self,
        pauses: Pauses,
        held: HeldEvents,
        deliver: Callable[[Sequence[str]], None],
        *,
        use: Callable[[Mapping[str, PauseState]], None],
        guard: AbstractContextManager[object],
        clock: Clock,
        log: Log,
    ) -> None:
        """``use`` gets the states of sources, ``deliver`` the ids of released events; ``guard`` is held while ``deliver`` runs."""
        self._pauses = pauses
        self._held = held
        self._deliver = deliver
        self._use = use
        self._guard = guard
        self._clock = clock
        self._log = log
        self._known: dict[tuple[Paused, str], Pause] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookline-pauses", daemon=True)

    def start(self) -> None:
        """Read the pauses before the first call arrives, and start the thread."""
        with suppress(UnavailableError):
            self.look()
        self._thread.start()

    def stop(self, *, patience: float = 10.0) -> None:
        """Finish the current step, and stop. Wait for the thread at most ``patience`` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=patience)

    def look(self) -> None:
        """Read the pauses and apply them. Raises UnavailableError."""
        found = {(one.kind, one.name): one for one in self._pauses.all()}
        if found != self._known:
            self._use(source_states(list(found.values())))
            self._report(found)
            self._known = found

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._step():
                self._stopping.wait(_LOOK_EVERY)

    def _step(self) -> bool:
        """Read the pauses and release some held events; returns whether there may be more."""
        try:
            self.look()
            if not self._known:
                return False
            with self._guard:
                return release_step(self._pauses, self._held, self._deliver, self._clock.steady())
        except UnavailableError:
            return False  # the code that stores events reports it
        except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would keep events held
            self._log.fault("reading the pauses failed", fault)
            return False

    def _report(self, found: Mapping[tuple[Paused, str], Pause]) -> None:
        for key, pause in found.items():
            before = self._known.get(key)
            if before is None or before.state is not pause.state:
                fields = {pause.kind.value: pause.name, "by": pause.actor, "reason": pause.reason, "since": pause.since}
                is_pause = pause.state in {PauseState.PAUSED, PauseState.HOLDING}
                self._log.say("warning" if is_pause else "info", f"{pause.kind} {_SAID[pause.state]}", **fields)
        for key, pause in self._known.items():
            if key not in found and pause.state is not PauseState.RELEASED:
                self._log.say("info", f"{pause.kind} resumed", **{pause.kind.value: pause.name})


def deliver_held(
    events: EventStore, outbox: Outbox, held: HeldEvents, router: Router | ActiveConfig, log: Log
) -> Callable[[Sequence[str]], None]:
    """Delivers held events by the current routes in one transaction: after a kill all of them are still held, so that the order stays.

    If one cannot be routed, all of them are left to recovery, which delivers them one by one.
    """

    def deliver(ids: Sequence[str]) -> None:
        try:
            found = [stored for id_ in ids if (stored := events.get(id_)) is not None]
            outbox.deliver([router.route_stored(stored) for stored in found])
        except UnavailableError:
            raise
        except Exception as fault:  # noqa: BLE001 -- whatever a rule raises, the events behind it must not wait for it
            log.fault("held events cannot be routed together; recovery tries each", fault)
            held.release(ids)

    return deliver
