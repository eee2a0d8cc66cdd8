"""Records URLs without fetching them, for tests."""

from __future__ import annotations

from hookline.errors import UnavailableError

__all__ = ["MemoryUrlFetcher"]


class MemoryUrlFetcher:
    """Records each URL; with ``fails`` it fails like a host that does not answer."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.fails = False

    def fetch(self, url: str) -> None:
        """Record ``url``."""
        if self.fails:
            raise UnavailableError("visit_failed", "the host does not answer")
        self.urls.append(url)
