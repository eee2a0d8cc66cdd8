"""Write ``schema.json`` anew, from the provider that is on this machine: ``make terraform-schema``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from infra.changing import EVERY_OPTION
from infra.graph import graph
from terraform.binary import find, missing
from terraform.schema import FILE, reduced, written
from terraform.translate import types

__all__ = ["asked", "declared_types"]


def declared_types() -> frozenset[str]:
    """The provider's types of everything that the program declares under any setting."""
    return types(graph()) | types(graph(EVERY_OPTION))


def asked() -> str:
    """What ``schema.json`` has to be, by the provider itself."""
    provider = find()
    with tempfile.TemporaryDirectory(prefix="hookline-terraform-") as folder:
        return written(reduced(provider.schema(Path(folder)), provider.version, declared_types()))


if __name__ == "__main__":
    if missing():
        sys.exit(missing())
    FILE.write_text(asked())
