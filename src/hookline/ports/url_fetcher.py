"""Fetching URLs that senders ask for."""

from __future__ import annotations

from typing import Protocol

__all__ = ["UrlFetcher"]


class UrlFetcher(Protocol):
    """Fetches a URL that a handshake has verified as the sender's own."""

    def fetch(self, url: str) -> None:
        """Fetch ``url`` once, within seconds; redirections are not followed.

        Raises UnavailableError ``visit_failed`` unless the answer is 200.
        """
        ...
