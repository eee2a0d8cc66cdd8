"""When a function's parts are put together: while Lambda starts the process, or else when they are first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from hookline.runtimes.aws_lambda.settings import inside_lambda

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lazy"]

T = TypeVar("T")


class Lazy(Generic[T]):
    """Opens once, and again after a failure: what was missing may have been put right without a new deployment.

    In Lambda it opens at once, in the phase that has a whole processor and is not yet anybody's request.
    """

    def __init__(self, open_: Callable[[], T]) -> None:
        self._open = open_
        self._opened: T | None = None
        if inside_lambda():
            self._open_early()

    def get(self) -> T:
        """What was opened. Raises what opening raises."""
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open_early(self) -> None:
        """A fault is told at the first call, in the form that its caller understands."""
        try:
            self.get()
        except Exception:  # noqa: BLE001 -- told later, as the docstring says
            self._opened = None
