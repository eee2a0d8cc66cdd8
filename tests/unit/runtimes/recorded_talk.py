"""A stand-in for the person at the terminal: it keeps what a command shows, and gives every question the same answer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hookline.pipeline.shown import Shown


class DeclinedError(Exception):
    """The person did not agree."""


class RecordedTalk:
    """A ``runtimes.talk.Talk``. ``said`` has everything that was shown or asked, in order, with its kind."""

    def __init__(self, *, agrees: bool = True) -> None:
        self.said: list[tuple[str, object]] = []
        self.done = 0
        self._agrees = agrees

    def fields(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Keep names and values."""
        self.said.append(("fields", dict(pairs)))

    def line(self, text: str) -> None:
        """Keep a line."""
        self.said.append(("line", text))

    def note(self, text: str) -> None:
        """Keep a note."""
        self.said.append(("note", text))

    def show(self, shown: Shown) -> None:
        """Keep a result."""
        self.said.append(("result", shown))

    def confirm(self, question: str, *, yes: bool, must_ask: bool = False) -> None:
        """Answer the question. With ``yes`` it is not asked."""
        if not yes:
            self.said.append(("must ask" if must_ask else "question", question))
            if not self._agrees:
                raise DeclinedError

    @contextmanager
    def progress(self, total: int, doing: str) -> Iterator[Callable[[int], None]]:
        """Count the items that are done."""
        self.said.append(("progress", (total, doing)))
        yield self._advance

    @property
    def kinds(self) -> list[str]:
        """The kinds of everything in ``said``."""
        return [kind for kind, _ in self.said]

    @property
    def result(self) -> Shown:
        """The only result."""
        (shown,) = [what for kind, what in self.said if kind == "result"]
        return shown  # type: ignore[return-value]  # that is what is kept under this kind

    def _advance(self, by: int) -> None:
        self.done += by
