"""The checks of ``hookline doctor`` for a whole installation: findings with stable codes, from measured values."""

from hookline.pipeline.checkup.finding import FINDINGS, Finding, FindingKind, Level, finding_document, is_sound

__all__ = ["FINDINGS", "Finding", "FindingKind", "Level", "finding_document", "is_sound"]
