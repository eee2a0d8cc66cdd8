"""Calls to the identity provider that people log in with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ProviderCalls"]


class ProviderCalls(Protocol):
    """Calls an identity provider over HTTPS, within seconds; redirections are not followed."""

    def get(self, url: str, *, headers: Mapping[str, str]) -> bytes:
        """The body at ``url``. Raises UnavailableError ``login_unavailable`` unless the answer is 200."""
        ...

    def post(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Send a form; returns status and body of the answer. Raises UnavailableError ``login_unavailable`` when there is no answer."""
        ...
