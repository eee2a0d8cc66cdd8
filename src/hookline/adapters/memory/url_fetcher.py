"""URLs that are noted and not fetched."""

from __future__ import annotations

from hookline.errors import UnavailableError

__all__ = ["MemoryUrlFetcher"]


class MemoryUrlFetcher:
    """Notes each URL; ``fails`` makes it fail as a host does that does not answer."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.fails = False

    def fetch(self, url: str) -> None:
        """Note ``url``."""
        if self.fails:
            raise UnavailableError("visit_failed", "the host does not answer")
        self.urls.append(url)
