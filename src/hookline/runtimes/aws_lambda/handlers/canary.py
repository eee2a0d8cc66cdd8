"""The handler of the canary's function."""

from __future__ import annotations

from hookline.runtimes.aws_lambda.lazy import handler_of
from hookline.runtimes.aws_lambda.wiring.canary import open_canary

__all__ = ["handler"]

handler = handler_of("canary", open_canary)
"""Run the canary; returns how many events arrived in time: one or none."""
