"""The handler of the recoverer's function."""

from __future__ import annotations

from hookline.runtimes.aws_lambda.lazy import handler_of
from hookline.runtimes.aws_lambda.wiring.functions import open_recoverer

__all__ = ["handler"]

handler = handler_of("recoverer", open_recoverer)
"""Run the recoverer; returns how many events it sent to the router and how many it marked as failed."""
