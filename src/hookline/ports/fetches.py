"""Asking a sender's API what happened to the thing that an event names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hookline.domain.fetch import FetchAnswer, FetchQuestion

__all__ = ["Fetches"]


class Fetches(Protocol):
    """Asks the sender's own API, at hosts that are fixed in hookline."""

    def fetch(self, question: FetchQuestion) -> FetchAnswer:
        """What the API answers, whatever its status; no redirection is followed. Takes some seconds at most.

        Raises UnavailableError ``fetch_unavailable`` when there is no answer.
        """
        ...
