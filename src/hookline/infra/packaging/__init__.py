"""Builds the two archives that the functions run from, without Pulumi."""

from hookline.infra.packaging.archives import ARCHITECTURES, PYTHONS, SIZE_LIMIT, Archives, Target, build, host_target
from hookline.infra.packaging.bytecode import NO_BYTECODE

__all__ = ["ARCHITECTURES", "NO_BYTECODE", "PYTHONS", "SIZE_LIMIT", "Archives", "Target", "build", "host_target"]
