"""Confirms calls from a given set, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection

    from hookline.domain.secret import Secret
    from hookline.domain.source import ConfirmationQuestion

__all__ = ["MemoryConfirmations"]


class MemoryConfirmations:
    """Confirms the calls whose questions are in ``genuine``; with None the sender does not answer."""

    def __init__(self, genuine: Collection[bytes] | None = None) -> None:
        self._genuine = genuine
        self.asked: list[ConfirmationQuestion] = []

    def confirm(self, question: ConfirmationQuestion, credentials: Secret) -> bool:  # noqa: ARG002 -- the port's shape
        """Whether the question is in ``genuine``. Raises UnavailableError ``confirmation_unavailable`` where there is no answer."""
        self.asked.append(question)
        if self._genuine is None:
            raise UnavailableError("confirmation_unavailable", f"{question.provider} cannot be called here")
        return question.body in self._genuine
