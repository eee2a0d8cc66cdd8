"""The archives that the functions run from, and the layer of third-party packages that they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import lambda_

from hookline.adapters.aws import names
from hookline.infra.packaging import build

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.infra.settings import Settings

__all__ = ["Code", "Layer", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Both archives for Pulumi, which compares their content, so that an equal archive changes nothing."""

    layer: pulumi.Archive
    function: pulumi.Archive


def code(settings: Settings, *, out: Path) -> Code:
    """The archives that the settings name, or else new ones that are packaged into ``out``, with their warnings shown."""
    if settings.layer_archive is not None and settings.function_archive is not None:
        layer, function = settings.layer_archive, settings.function_archive
    else:
        archives = build(
            settings.project,
            out,
            architecture=settings.architecture,
            python=settings.runtime.removeprefix("python"),
            bytecode=settings.bytecode,
        )
        for warning in archives.warnings:
            pulumi.warn(warning)
        layer, function = archives.layer.path, archives.function.path
    return Code(layer=pulumi.FileArchive(str(layer)), function=pulumi.FileArchive(str(function)))


class Layer(pulumi.ComponentResource):
    """One layer for all functions, for exactly the Python and the processor that they run on."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, *, settings: Settings, archive: pulumi.Archive, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hookline:infra:Layer", name, None, opts)
        layer = lambda_.LayerVersion(
            name,
            layer_name=names.layer(settings.environment),
            description="The packages that hookline's functions need, in pinned versions",
            code=archive,
            compatible_runtimes=[settings.runtime],
            compatible_architectures=[settings.architecture],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = layer.arn
        self.register_outputs({"arn": self.arn})
