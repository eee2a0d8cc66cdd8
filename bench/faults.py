"""The error that ends a measurement."""

from __future__ import annotations

__all__ = ["BenchError"]


class BenchError(Exception):
    """The measurement would prove nothing; the text says why."""
