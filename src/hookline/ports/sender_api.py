"""Asking a sender's own API for events that it has sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hookline.domain.sender_call import SenderAnswer, SenderCall

__all__ = ["SenderApi"]


class SenderApi(Protocol):
    """The API of one sender, with an operator's credentials."""

    @property
    def host(self) -> str:
        """The sender whose API is called."""
        ...

    def ask(self, call: SenderCall) -> SenderAnswer:
        """The answer, whatever its status. Raises UnavailableError ``sender_api_unavailable`` when no answer arrived in time.

        Raises OperatorError ``sender_api_wrong`` for an answer that is larger than any page of events, ``sender_api_refused`` for
        credentials without access.
        """
        ...
