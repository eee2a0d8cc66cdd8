"""The stacks that the real provider is shown, each as Terraform's JSON with an emulator in AWS's place."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any, TypeAlias

from infra.changing import EVERY_OPTION
from infra.graph import ACCOUNT
from terraform.translate import terraform_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emulator.server import Emulator
    from hookline.infra.policy.graph import Graph

__all__ = ["EVERYTHING", "SERVICES", "empty_archives", "on"]

Json: TypeAlias = "dict[str, Any]"  # Terraform's JSON

EVERYTHING: Mapping[str, str] = {key: value for key, value in EVERY_OPTION.items() if key != "protect"}
"""Every option that adds a resource or an input. With ``protect`` too, nothing could be destroyed."""
SERVICES = (
    "apigateway", "cloudwatch", "dynamodb", "iam", "kms", "lambda", "logs", "s3", "scheduler", "sns", "sqs", "sts", "wafv2",
)  # fmt: skip
"""The services that the provider calls for what the program declares."""


def empty_archives(folder: Path) -> dict[str, Path]:
    """Files in the place of the archives, for what looks at a plan only."""
    found = {name: folder / name for name in ("layer.zip", "function.zip")}
    for path in found.values():
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("empty.py", "")
    return found


def on(
    emulator: Emulator,
    graph: Graph,
    *,
    archives: Mapping[str, Path],
    outputs: Mapping[str, object] | None = None,
    **options: Any,  # as terraform_json takes them
) -> Json:
    """The stack with every call of the provider at the emulator."""
    provider = {
        "endpoints": [dict.fromkeys(SERVICES, emulator.endpoint)],
        "s3_use_path_style": True,
        "skip_metadata_api_check": True,
    }
    return terraform_json(graph, archives=archives, outputs=outputs, account=ACCOUNT, provider=provider, **options)
