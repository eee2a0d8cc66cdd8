"""Secrets that senders bring in a handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.handshake import Armed, Caller

__all__ = ["Arming", "HandshakeSecrets"]


class HandshakeSecrets(Protocol):
    """Stores a secret only while an operator expects it."""

    def keep(self, source: str, names: Sequence[str], value: bytes, caller: Caller) -> str | None:
        """Store ``value`` durably under one of ``names`` if ``source`` is armed for it and for ``caller``, then disarm the source.

        Only the first value is stored. Returns the name. Returns None when the source is not armed, no longer armed, or not armed for any
        of these names or for this caller; then nothing is stored and the source is not changed. Raises UnavailableError when this cannot be
        checked or stored now.
        """
        ...


class Arming(Protocol):
    """The operator's side: expects secrets, and shows which have arrived."""

    def arm(self, expected: Armed) -> None:
        """Let the source bring one secret within a time, from a caller that fits; it is stored under a name that has no secret yet."""
        ...

    def armed(self, sources: Collection[str]) -> list[Armed]:
        """The sources among ``sources`` that may bring a secret now."""
        ...

    def kept_at(self, names: Collection[str]) -> Mapping[str, datetime]:
        """When each of these secrets was stored, by name, without those that do not exist."""
        ...

    def reveal(self, name: str) -> bytes | None:
        """The secret itself, for an operator who has to give it to the sender; None when it does not exist."""
        ...
