"""HandshakeSecrets for a configuration without a source whose sender brings a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.handshake import Caller

__all__ = ["NoHandshakeSecrets"]


class NoHandshakeSecrets:
    """Stores no secret, because none is expected."""

    def keep(self, source: str, names: Sequence[str], value: bytes, caller: Caller) -> str | None:  # noqa: ARG002 -- the HandshakeSecrets port's shape
        """Store nothing."""
        return None
