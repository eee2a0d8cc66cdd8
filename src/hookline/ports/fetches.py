"""Asking a sender's API for the record that an event names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hookline.domain.fetch import FetchAnswer, FetchQuestion

__all__ = ["Fetches"]


class Fetches(Protocol):
    """Calls the sender's own API, at hosts that are fixed in hookline's code."""

    def fetch(self, question: FetchQuestion) -> FetchAnswer:
        """The API's answer, whatever its status; redirections are not followed. This takes some seconds at most.

        Raises UnavailableError ``fetch_unavailable`` when there is no answer.
        """
        ...
