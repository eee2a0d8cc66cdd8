"""Asking a sender's own API what it has sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hookline.domain.sender_call import SenderAnswer, SenderCall

__all__ = ["SenderApi"]


class SenderApi(Protocol):
    """The API of one sender, with somebody's credentials."""

    @property
    def host(self) -> str:
        """Who is asked."""
        ...

    def ask(self, call: SenderCall) -> SenderAnswer:
        """The answer, whatever its status. Raises UnavailableError ``sender_api_unavailable`` where none came in time.

        OperatorError ``sender_api_wrong`` for one that is larger than any page of events, ``sender_api_refused`` for credentials
        that give no access.
        """
        ...
