"""Which alerts have been reported, so that a restart does not report them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.alert import AlertState

__all__ = ["AlertStates"]


class AlertStates(Protocol):
    """Stores the states of all alerts together. States that were stored shortly before a power cut may be lost."""

    def kept(self) -> Sequence[AlertState]:
        """Every state. Raises UnavailableError."""
        ...

    def keep(self, states: Sequence[AlertState]) -> None:
        """Store these states instead of all that were stored before. Raises UnavailableError."""
        ...
