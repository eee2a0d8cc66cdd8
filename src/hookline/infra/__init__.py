"""The AWS home as a deployment: Pulumi components, the archives they deploy, and what it all will cost.

``WebhookPipeline``, ``PipelineArgs``, ``Settings`` and ``read_settings`` are for Pulumi programs. They are imported when they are
asked for, so that packaging and planning work where Pulumi is not installed.
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
