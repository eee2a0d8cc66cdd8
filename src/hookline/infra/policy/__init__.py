"""The rules that a deployment must meet, checked on its graph of resources by tests and a policy pack.

The rules that checkov checks are not here: docs/adr/0025-public-judges.md explains the division.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.infra.policy.compute import COMPUTE_RULES
from hookline.infra.policy.connections import CONNECTION_RULES
from hookline.infra.policy.edge import EDGE_RULES
from hookline.infra.policy.grants import GRANT_RULES
from hookline.infra.policy.identity import IDENTITY_RULES
from hookline.infra.policy.messaging import MESSAGING_RULES
from hookline.infra.policy.snap_start import SNAP_START_RULES
from hookline.infra.policy.storage import STORAGE_RULES
from hookline.infra.policy.suppressions import SUPPRESSIONS
from hookline.infra.policy.unmet_rules import UNMET_RULES

if TYPE_CHECKING:
    from collections.abc import Collection

    from hookline.infra.policy.graph import Graph
    from hookline.infra.policy.rule import Finding, Option, Rule

__all__ = ["RULES", "is_suppressed", "judge"]

RULES: tuple[Rule, ...] = (
    *EDGE_RULES,
    *COMPUTE_RULES,
    *STORAGE_RULES,
    *MESSAGING_RULES,
    *IDENTITY_RULES,
    *GRANT_RULES,
    *CONNECTION_RULES,
    *SNAP_START_RULES,
    *UNMET_RULES,
)


def judge(graph: Graph, *, options: Collection[Option] = (), suppress: bool = True) -> tuple[Finding, ...]:
    """The findings in ``graph``, given the stack's options; without ``suppress``, also the suppressed ones."""
    return tuple(
        finding
        for rule in RULES
        if rule.option is None or rule.option in options
        for finding in rule.judge(graph)
        if not (suppress and is_suppressed(finding))
    )


def is_suppressed(finding: Finding) -> bool:
    """Whether a suppression covers ``finding``."""
    return any(suppression.lifts(finding) for suppression in SUPPRESSIONS)
