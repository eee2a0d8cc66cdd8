"""A forward's endpoint in memory with chosen answers, for tests."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from hookline.errors import UnavailableError
from hookline.ports.forward_endpoint import EndpointAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["MemoryForwardEndpoint"]


def _take(_headers: Mapping[str, str], _body: bytes) -> EndpointAnswer:
    return EndpointAnswer(status=204)


class MemoryForwardEndpoint:
    """Stores each post in order, and answers with the result of ``answer``, which may wait or raise."""

    def __init__(self, answer: Callable[[Mapping[str, str], bytes], EndpointAnswer] = _take) -> None:
        self.answer = answer
        self.posts: list[tuple[Mapping[str, str], bytes]] = []
        self.is_aborted = False
        self._guard = Lock()

    def post(self, headers: Mapping[str, str], body: bytes) -> EndpointAnswer:
        """Store the post and answer it."""
        if self.is_aborted:
            raise UnavailableError("forward_aborted", "hookline stopped before the endpoint answered")
        with self._guard:
            self.posts.append((headers, body))
        return self.answer(headers, body)

    def abort(self) -> None:
        """Abort every later post."""
        self.is_aborted = True

    def close(self) -> None:
        """Abort every later post."""
        self.abort()
