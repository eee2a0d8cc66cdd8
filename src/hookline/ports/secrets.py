"""Signing secrets, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.secret import Secret

__all__ = ["Secrets"]


class Secrets(Protocol):
    """Reads secrets by name."""

    def read(self, names: Sequence[str]) -> tuple[Secret, ...]:
        """The secrets of these names, in this order; raises UnavailableError ``secrets_unavailable`` when one cannot be read.

        A secret that its sender brings in a handshake is left out until it has arrived.
        """
        ...
