"""Calls to the identity provider that people log in with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ProviderCalls"]


class ProviderCalls(Protocol):
    """Calls an identity provider over HTTPS, within seconds, following no redirection."""

    def get(self, url: str, *, headers: Mapping[str, str]) -> bytes:
        """The body of what is at ``url``. Raises UnavailableError ``login_unavailable`` unless it answers 200."""
        ...

    def post(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer to a form. Raises UnavailableError ``login_unavailable`` when there is none."""
        ...
