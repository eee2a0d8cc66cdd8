"""A sender's API with prepared answers, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.fetch import FetchAnswer, FetchQuestion

__all__ = ["MemoryFetches"]


class MemoryFetches:
    """Fetches over answers by path; a path without an answer fails."""

    def __init__(self, answers: Mapping[str, FetchAnswer] | None = None) -> None:
        self.answers = dict(answers or {})
        self.asked: list[FetchQuestion] = []

    def fetch(self, question: FetchQuestion) -> FetchAnswer:
        """The answer for this path."""
        self.asked.append(question)
        if (answer := self.answers.get(question.path)) is None:
            raise UnavailableError("fetch_unavailable", f"{question.provider} cannot be called here")
        return answer
