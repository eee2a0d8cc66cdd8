"""docs/reference/controls.md, written from the rules. ``python tests/infra/controls_page.py`` writes it anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hookline.infra.policy import RULES
from hookline.infra.policy.suppressions import SUPPRESSIONS
from hookline.infra.policy.unmet_rules import UNMET_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.rule import Rule

__all__ = ["PAGE", "controls_table"]

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "controls.md"

_HEADING = """# Controls

What hookline's deployment is held to: rules of vendors (cdk-nag's AwsSolutions and Serverless packs, checkov's CKV, the
AWS Foundational Security Best Practices of Security Hub, cfn-lint), and rules of its own. Each is a function in
`hookline.infra.policy` that judges the graph of resources, in the tests and in the policy pack
(`pulumi up --policy-pack deploy/policy`). A test compares this page with them.
"""


def controls_table() -> str:
    """The whole page."""
    met = [rule for rule in RULES if rule not in UNMET_RULES and rule.sources]
    return "\n".join(
        [
            _HEADING,
            "## Met",
            "",
            "A rule that belongs to a setting is judged when the setting is on; in the pack it is off until the pack's configuration",
            'turns it on: `{"table-protected": "mandatory"}` in a file for `--policy-pack-config`.',
            "",
            "| rule | it demands | its ids elsewhere | judged |",
            "|---|---|---|---|",
            *map(_row, met),
            "",
            "## hookline's own",
            "",
            "| rule | it demands | judged |",
            "|---|---|---|",
            *(_own_row(rule) for rule in RULES if rule not in UNMET_RULES and not rule.sources),
            "",
            "## Suppressed, with the reason",
            "",
            "| rule | it demands | its ids elsewhere | why not |",
            "|---|---|---|---|",
            *_suppressed_rows(),
            "",
        ]
    )


def _row(rule: Rule) -> str:
    return f"| `{rule.name}` | {rule.demands} | {', '.join(rule.sources)} | {_judged(rule)} |"


def _own_row(rule: Rule) -> str:
    return f"| `{rule.name}` | {rule.demands} | {_judged(rule)} |"


def _judged(rule: Rule) -> str:
    return "always" if rule.option is None else f"with `{rule.option.value}`"


def _suppressed_rows() -> Iterator[str]:
    rules = {rule.name: rule for rule in RULES}
    for suppression in SUPPRESSIONS:
        rule = rules[suppression.rule]
        only = (
            f" (only: {suppression.says or suppression.resource})"
            if suppression.says or suppression.resource != "*"
            else ""
        )
        yield f"| `{rule.name}`{only} | {rule.demands} | {', '.join(rule.sources)} | {suppression.reason} |"


if __name__ == "__main__":
    PAGE.write_text(controls_table())
