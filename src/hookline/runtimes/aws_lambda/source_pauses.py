"""Reads which sources are paused, for a function, at most every ten seconds."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.pause import HOLDS, PauseState
from hookline.errors import UnavailableError
from hookline.pipeline.pauses import refuse_paused, source_states

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hookline.errors import Rejected
    from hookline.pipeline.receive import Call
    from hookline.ports.clock import Clock
    from hookline.ports.pauses import Pauses

__all__ = ["SourcePauses"]

_LOOK_EVERY = timedelta(seconds=10)


class SourcePauses:
    """The limits that the pauses set; API Gateway applies all others. While the pauses cannot be read, the last known ones apply."""

    def __init__(self, pauses: Pauses, clock: Clock) -> None:
        self._pauses = pauses
        self._clock = clock
        self._states: Mapping[str, PauseState] = {}
        self._looked_at: datetime | None = None

    def forget(self) -> None:
        """Forget the pauses; the next call reads them."""
        self._states, self._looked_at = {}, None

    def enter(self, call: Call) -> None:
        """Refuse the call of a paused source."""
        assert call.source is not None  # noqa: S101 -- found before
        if self._state(call.source.name) is PauseState.PAUSED:
            raise refuse_paused(call.source.name)

    def spend(self, call: Call) -> None:
        """Do nothing: API Gateway limits the calls."""

    def refuse(self, call: Call, refusal: Rejected) -> None:
        """Do nothing: the validator stores rejected requests."""

    def holds(self, source: str) -> bool:
        """Whether new events of the source are held."""
        return self._state(source) in HOLDS

    def _state(self, source: str) -> PauseState | None:
        now = self._clock.now()
        if self._looked_at is None or abs(now - self._looked_at) >= _LOOK_EVERY:
            self._looked_at = now
            with suppress(UnavailableError):
                self._states = source_states(self._pauses.all())
        return self._states.get(source)
