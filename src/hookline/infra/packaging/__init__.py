"""Building the two archives that the functions run from. Needs no Pulumi."""

from hookline.infra.packaging.archives import ARCHITECTURES, PYTHONS, SIZE_LIMIT, Archives, Target, build, host_target

__all__ = ["ARCHITECTURES", "PYTHONS", "SIZE_LIMIT", "Archives", "Target", "build", "host_target"]
