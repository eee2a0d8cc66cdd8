"""What MiniStack 1.5.33 does differently from AWS and hookline's tests need right: one file per gap, each with a test of its own.

A mend changes MiniStack's modules in its own process; nothing of it is in the functions or in hookline.
"""

from __future__ import annotations

from emulator.patches import (
    batch_actions,
    clock,
    faults,
    gateway_headers,
    gateway_lambda,
    gateway_models,
    gateway_snapshots,
    lambda_runtime,
    parameter_grants,
    tls,
    visibility,
)

__all__ = ["apply_all"]


def apply_all() -> None:
    """Mend every gap, once, before the first request."""
    batch_actions.mend()
    clock.mend()
    gateway_headers.mend()
    gateway_lambda.mend()
    gateway_models.mend()
    gateway_snapshots.mend()
    lambda_runtime.mend()
    parameter_grants.mend()
    tls.mend()
    visibility.mend()
    faults.mend()
