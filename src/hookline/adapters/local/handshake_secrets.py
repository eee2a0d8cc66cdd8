"""Where no source's sender brings a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.handshake import Caller

__all__ = ["NoHandshakeSecrets"]


class NoHandshakeSecrets:
    """Expects nothing."""

    def keep(self, source: str, names: Sequence[str], value: bytes, caller: Caller) -> str | None:  # noqa: ARG002 -- the HandshakeSecrets port's shape
        """Keep nothing."""
        return None
