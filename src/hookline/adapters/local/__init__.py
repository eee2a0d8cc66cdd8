"""What the machine itself offers: the time."""

from __future__ import annotations

from hookline.adapters.local.clock import FreezableClock, SystemClock

__all__ = ["FreezableClock", "SystemClock"]
