"""What ``hookline doctor`` finds when it looks at a whole installation: findings with stable codes, judged from measures."""

from hookline.pipeline.checkup.finding import FINDINGS, Finding, FindingKind, Level, finding_document, is_sound

__all__ = ["FINDINGS", "Finding", "FindingKind", "Level", "finding_document", "is_sound"]
