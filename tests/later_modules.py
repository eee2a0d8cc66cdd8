"""What ``hookline serve`` must not import before a request needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LATER", "loaded_too_early"]

LATER = (
    "aiohttp",
    "boto3",
    "botocore",
    "cryptography",
    "hookline.adapters.aws",
    "hookline.adapters.memory",
    "hookline.adapters.sqlite.backup_series",
    "hookline.adapters.sqlite.restore",
    "hookline.dashboard.actions",
    "hookline.dashboard.api",
    "hookline.dashboard.app",
    "hookline.dashboard.control_room",
    "hookline.dashboard.entrance",
    "hookline.dashboard.pages",
    "hookline.dashboard.sign_in.id_token",
    "hookline.dashboard.sign_in.oidc",
    "hookline.dashboard.sign_in.pages",
    "hookline.dashboard.views",
    "hookline.infra",
    "hookline.pipeline.bulk_replay",
    "hookline.pipeline.retry",
    "hookline.ports.metric_table",
    "hookline.runtimes.aws_lambda",
    "hookline.runtimes.embedded.exposition",
    "hookline.runtimes.embedded.measures",
    "hookline.runtimes.embedded.traces",
    "hookline.runtimes.embedded.wiring.commands",
    "hookline.runtimes.embedded.wiring.control_room",
    "hookline.runtimes.embedded.wiring.metrics",
    "jinja2",
    "joserfc",
    "opentelemetry",
    "prometheus_client",
    "pulumi",
    "rich",
)
"""Packages and modules of pages, metrics, traces, the login by an identity provider, and of operators' commands."""


def loaded_too_early(modules: Iterable[str]) -> list[str]:
    """Which of these modules are in ``LATER``, or below one of them."""
    return sorted(name for name in modules if any(name == one or name.startswith(f"{one}.") for one in LATER))
