"""What MiniStack 1.5.33 does differently from AWS and hookline's tests need right: one file per gap, each with a test of its own.

A patch changes MiniStack's modules in its own process; no part of it is in the functions or in hookline.
"""

from __future__ import annotations

from emulator.patches import (
    alarm_members,
    batch_actions,
    clock,
    faults,
    fifo_queues,
    gateway_headers,
    gateway_lambda,
    gateway_models,
    gateway_snapshots,
    gateway_source,
    lambda_runtime,
    leading_keys,
    method_settings,
    move_tasks,
    parameter_grants,
    queue_policies,
    receipts,
    redrive_policies,
    secret_keys,
    tls,
    visibility,
    web_acl_bodies,
)

__all__ = ["apply_all"]


def apply_all() -> None:
    """Close every gap, once, before the first request."""
    alarm_members.patch()
    batch_actions.patch()
    clock.patch()
    fifo_queues.patch()
    gateway_headers.patch()
    gateway_lambda.patch()
    gateway_models.patch()
    gateway_snapshots.patch()
    gateway_source.patch()
    lambda_runtime.patch()
    leading_keys.patch()
    method_settings.patch()
    move_tasks.patch()
    parameter_grants.patch()
    queue_policies.patch()
    secret_keys.patch()
    tls.patch()
    visibility.patch()
    receipts.patch()
    redrive_policies.patch()
    web_acl_bodies.patch()
    faults.patch()
