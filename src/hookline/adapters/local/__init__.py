"""Adapters over the local machine: its clocks, disk space, HTTPS, and secrets from its environment."""

from __future__ import annotations

from hookline.adapters.local.clock import FreezableClock, SystemClock

__all__ = ["FreezableClock", "SystemClock"]
