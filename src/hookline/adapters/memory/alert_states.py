"""Stores in memory which alerts were reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.alert import AlertState

__all__ = ["MemoryAlertStates"]


class MemoryAlertStates:
    """AlertStates that are kept until the process ends."""

    def __init__(self) -> None:
        self._states: list[AlertState] = []

    def kept(self) -> list[AlertState]:
        """Every state."""
        return list(self._states)

    def keep(self, states: Sequence[AlertState]) -> None:
        """Replace all states with these."""
        self._states = list(states)
