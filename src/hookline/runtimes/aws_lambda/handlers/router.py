"""The router as Lambda calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.runtimes.aws_lambda.lazy import Lazy
from hookline.runtimes.aws_lambda.redaction import cannot_start
from hookline.runtimes.aws_lambda.wiring import open_router, telemetry_of

if TYPE_CHECKING:
    from hookline.runtimes.aws_lambda.context import Context

__all__ = ["handler"]

_router = Lazy(open_router)


def handler(payload: object, context: Context) -> dict[str, int]:
    """How many events were routed. Raises one clean HooklineError for what is not to be taken, and for what has to be tried again."""
    try:
        router = _router.get()
    except Exception as fault:  # noqa: BLE001 -- Lambda counts it all the same, and tells on only what is safe
        raise cannot_start(fault, telemetry_of("router"), context) from None
    return router(payload, context)
