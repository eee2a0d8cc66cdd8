"""Asking a sender whether it made a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hookline.domain.secret import Secret
    from hookline.domain.source import ConfirmationQuestion

__all__ = ["Confirmations"]


class Confirmations(Protocol):
    """Asks a sender through its own API."""

    def confirm(self, question: ConfirmationQuestion, credentials: Secret) -> bool:
        """Whether the sender confirms that the call is its own. This takes some seconds at most.

        Raises UnavailableError ``confirmation_unavailable`` when the answer is neither yes nor no.
        """
        ...
