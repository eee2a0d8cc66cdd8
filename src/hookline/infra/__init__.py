"""The deployment of the AWS home: Pulumi components, the archives that they deploy, and the expected costs.

``WebhookPipeline``, ``PipelineArgs``, ``Settings`` and ``read_settings`` are for Pulumi programs. They are imported at their first
use, so that packaging and planning work without Pulumi.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookline.infra.pipeline import WebhookPipeline
    from hookline.infra.pipeline_args import PipelineArgs
    from hookline.infra.settings import Settings, read_settings

__all__ = ["PipelineArgs", "Settings", "WebhookPipeline", "read_settings"]

_MODULES = {
    "PipelineArgs": "hookline.infra.pipeline_args",
    "Settings": "hookline.infra.settings",
    "WebhookPipeline": "hookline.infra.pipeline",
    "read_settings": "hookline.infra.settings",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
