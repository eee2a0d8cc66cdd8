"""Write ``schema.json`` again, from the provider that is on this machine: ``make terraform-schema``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from infra.changing import EVERY_OPTION
from infra.graph import graph
from terraform.binary import find, missing
from terraform.schema import FILE, reduced, written
from terraform.translate import types

__all__ = ["IN_ADDITION", "asked", "recorded_types"]

IN_ADDITION = frozenset({"aws_iam_policy", "aws_iam_role_policy_attachment", "aws_lambda_event_source_mapping"})
"""Types that only a project of hundreds of queues declares, or only a wrong program."""


def recorded_types() -> frozenset[str]:
    """The provider's types of everything that the program declares, and of ``IN_ADDITION``."""
    return types(graph()) | types(graph(EVERY_OPTION)) | IN_ADDITION


def asked() -> str:
    """What ``schema.json`` has to be, by the provider itself."""
    provider = find()
    with tempfile.TemporaryDirectory(prefix="hookline-terraform-") as folder:
        return written(reduced(provider.schema(Path(folder)), provider.version, recorded_types()))


if __name__ == "__main__":
    if missing():
        sys.exit(missing())
    FILE.write_text(asked())
