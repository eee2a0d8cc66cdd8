"""The recoverer as Lambda calls it."""

from __future__ import annotations

from hookline.runtimes.aws_lambda.lazy import handler_of
from hookline.runtimes.aws_lambda.wiring.functions import open_recoverer

__all__ = ["handler"]

handler = handler_of("recoverer", open_recoverer)
"""How many events were handed on."""
