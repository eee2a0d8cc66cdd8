"""The recoverer as Lambda calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.runtimes.aws_lambda.lazy import Lazy
from hookline.runtimes.aws_lambda.redaction import cannot_start
from hookline.runtimes.aws_lambda.wiring import open_recoverer, telemetry_of

if TYPE_CHECKING:
    from hookline.runtimes.aws_lambda.context import Context

__all__ = ["handler"]

_recoverer = Lazy(open_recoverer)


def handler(event: object, context: Context) -> dict[str, int]:
    """How many events were handed on. Raises one clean HooklineError when that could not be done."""
    try:
        recoverer = _recoverer.get()
    except Exception as fault:  # noqa: BLE001 -- Lambda counts it all the same, and tells on only what is safe
        raise cannot_start(fault, telemetry_of("recoverer"), context) from None
    return recoverer(event, context)
