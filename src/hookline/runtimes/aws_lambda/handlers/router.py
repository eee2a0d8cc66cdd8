"""The handler of the router's function."""

from __future__ import annotations

from hookline.runtimes.aws_lambda.lazy import handler_of
from hookline.runtimes.aws_lambda.wiring.functions import open_router

__all__ = ["handler"]

handler = handler_of("router", open_router)
"""Route the events of the payload; returns how many were routed and how many were marked as failed."""
