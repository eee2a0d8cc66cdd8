"""Which alerts were already reported, so that a restart does not report them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.alert import AlertState

__all__ = ["AlertStates"]


class AlertStates(Protocol):
    """Keeps the states of all alerts, as a whole. What was kept shortly before a power cut may be lost."""

    def kept(self) -> Sequence[AlertState]:
        """Every state. Raises UnavailableError."""
        ...

    def keep(self, states: Sequence[AlertState]) -> None:
        """Keep these, in place of all that were kept before. Raises UnavailableError."""
        ...
