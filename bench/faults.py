"""What ends a measurement."""

from __future__ import annotations

__all__ = ["BenchError"]


class BenchError(Exception):
    """The measurement would say nothing, and why."""
