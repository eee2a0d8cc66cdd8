"""Creates a function's parts while Lambda starts the process, or else at the first call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from hookline.runtimes.aws_lambda.redaction import clean, described
from hookline.runtimes.aws_lambda.settings import inside_lambda
from hookline.runtimes.aws_lambda.wiring.functions import telemetry_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.runtimes.aws_lambda.context import Context

__all__ = ["Lazy", "handler_of"]

T = TypeVar("T")


class Lazy(Generic[T]):
    """Opens once, and tries again after a failure, because the cause may have been fixed without a new deployment.

    In Lambda it opens immediately, in the start phase, which has a full processor and delays no request.
    """

    def __init__(self, open_: Callable[[], T]) -> None:
        self._open = open_
        self._opened: T | None = None
        if inside_lambda():
            self._open_early()

    def get(self) -> T:
        """The opened object. Raises the errors of opening."""
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open_early(self) -> None:
        """Try to open now; a fault is only reported at the first call, in the form that its caller understands."""
        try:
            self.get()
        except Exception:  # noqa: BLE001 -- reported later, as the docstring says
            self._opened = None


def handler_of(
    function: str, open_: Callable[[], Callable[[object, Context], dict[str, int]]]
) -> Callable[[object, Context], dict[str, int]]:
    """The handler of a function that is invoked directly: it raises a HooklineError without secrets for every fault."""
    opened = Lazy(open_)

    def handler(payload: object, context: Context) -> dict[str, int]:
        try:
            made = opened.get()
        except Exception as fault:  # noqa: BLE001 -- Lambda still counts it; only redacted text is raised
            fields = {"request_id": context.aws_request_id} | described(fault)
            telemetry_of(function).record("cannot start", fields=fields, level="error")
            raise clean(fault) from None
        return made(payload, context)

    return handler
