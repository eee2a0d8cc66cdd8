"""The router as Lambda calls it."""

from __future__ import annotations

from hookline.runtimes.aws_lambda.lazy import handler_of
from hookline.runtimes.aws_lambda.wiring.functions import open_router

__all__ = ["handler"]

handler = handler_of("router", open_router)
"""How many events were routed."""
