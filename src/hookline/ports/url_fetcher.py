"""Fetching URLs that senders ask for."""

from __future__ import annotations

from typing import Protocol

__all__ = ["UrlFetcher"]


class UrlFetcher(Protocol):
    """Fetches what a handshake has found to be the sender's own URL."""

    def fetch(self, url: str) -> None:
        """Fetch ``url`` once, within seconds, following no redirection. Raises UnavailableError ``visit_failed`` unless it answers 200."""
        ...
