"""What of the alerts was reported, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.alert import AlertState

__all__ = ["MemoryAlertStates"]


class MemoryAlertStates:
    """AlertStates until the process ends."""

    def __init__(self) -> None:
        self._states: list[AlertState] = []

    def kept(self) -> list[AlertState]:
        """Every state."""
        return list(self._states)

    def keep(self, states: Sequence[AlertState]) -> None:
        """Keep these and no others."""
        self._states = list(states)
