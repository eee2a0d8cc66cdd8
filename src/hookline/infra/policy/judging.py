"""All rules together, over one graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.infra.policy.compute import COMPUTE_RULES
from hookline.infra.policy.connections import WIRING_RULES
from hookline.infra.policy.edge import EDGE_RULES
from hookline.infra.policy.grants import GRANT_RULES
from hookline.infra.policy.identity import IDENTITY_RULES
from hookline.infra.policy.messaging import MESSAGING_RULES
from hookline.infra.policy.storage import STORAGE_RULES
from hookline.infra.policy.suppressions import WAIVERS
from hookline.infra.policy.unmet_rules import WAIVED_RULES

if TYPE_CHECKING:
    from collections.abc import Collection

    from hookline.infra.policy.graph import Graph
    from hookline.infra.policy.rule import Finding, Option, Rule

__all__ = ["RULES", "is_waived", "judge"]

RULES: tuple[Rule, ...] = (
    *EDGE_RULES,
    *COMPUTE_RULES,
    *STORAGE_RULES,
    *MESSAGING_RULES,
    *IDENTITY_RULES,
    *GRANT_RULES,
    *WIRING_RULES,
    *WAIVED_RULES,
)


def judge(graph: Graph, *, options: Collection[Option] = (), waive: bool = True) -> tuple[Finding, ...]:
    """What is wrong with ``graph``, given what the stack chose; without ``waive``, what is waived too."""
    return tuple(
        finding
        for rule in RULES
        if rule.option is None or rule.option in options
        for finding in rule.judge(graph)
        if not (waive and is_waived(finding))
    )


def is_waived(finding: Finding) -> bool:
    """Whether a waiver covers ``finding``."""
    return any(waiver.lifts(finding) for waiver in WAIVERS)
