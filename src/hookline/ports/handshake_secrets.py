"""Secrets that senders bring by a handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.handshake import Armed, Caller

__all__ = ["Arming", "HandshakeSecrets"]


class HandshakeSecrets(Protocol):
    """Keeps what the operator expects, and nothing else."""

    def keep(self, source: str, names: Sequence[str], value: bytes, caller: Caller) -> str | None:
        """Keep ``value`` durably under one of ``names`` if ``source`` is armed for it and for ``caller``, and disarm the source.

        The first one wins. The name; None when the source is not armed, no more, not for any of these or not for this caller, and then
        nothing is kept and the source stays as it was. Raises
        UnavailableError when it cannot be known or kept now.
        """
        ...


class Arming(Protocol):
    """Expects secrets, and shows which have come: the operator's side."""

    def arm(self, expected: Armed) -> None:
        """Let the source bring one secret in time, to be kept under a name that must be free, by a caller that is admitted."""
        ...

    def armed(self, sources: Collection[str]) -> list[Armed]:
        """Those of ``sources`` that may bring a secret now."""
        ...

    def kept_at(self, names: Collection[str]) -> Mapping[str, datetime]:
        """When each of these secrets was kept, by name, for those that are there."""
        ...

    def reveal(self, name: str) -> bytes | None:
        """The secret itself, for an operator who has to tell it to the sender; None when it is not there."""
        ...
