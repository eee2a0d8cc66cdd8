"""docs/reference/controls.md, written from the rules. ``python tests/infra/controls_page.py`` writes it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hookline.infra.policy import RULES
from hookline.infra.policy.suppressions import SUPPRESSIONS
from hookline.infra.policy.unmet_rules import UNMET_RULES
from public_judges.checks import CHECKS, LINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.rule import Rule
    from hookline.infra.policy.suppressions import Suppression
    from public_judges.checks import Demand

__all__ = ["PAGE", "controls_table"]

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "controls.md"

_HEADING = """# Controls

The rules that hookline's deployment follows: rules of vendors (cdk-nag's AwsSolutions and Serverless packs, checkov's CKV, the
AWS Foundational Security Best Practices of Security Hub, cfn-lint), and hookline's own rules.

- [checkov](https://www.checkov.io) and [cfn-lint](https://github.com/aws-cloudformation/cfn-lint) check the default stack and one
  with every option, in `make lint`, with all their checks for the resources that hookline declares.
- A rule is a function in `hookline.infra.policy` that checks the graph of resources, in the tests and in the policy pack
  (`pulumi up --policy-pack deploy/policy`). There is a rule only for faults that no public tool finds
  ([why](../adr/0025-public-judges.md)).
- Each rule and check that is not followed has a reason, in one list for both.

A test compares this page with them.
"""


def controls_table() -> str:
    """The whole page."""
    met = [rule for rule in RULES if rule not in UNMET_RULES and rule.sources]
    return "\n".join(
        [
            _HEADING,
            "## Met, by public tools",
            "",
            "Each of these used to be a rule of hookline. All other checks of both tools pass.",
            "Checks about an optional setting pass when the setting is on.",
            "",
            "| it requires | checks | its ids elsewhere | met |",
            "|---|---|---|---|",
            *map(_check_row, CHECKS),
            *(_check_row(demand, "cfn-lint ") for demand in LINTS),
            "",
            "## Met, by rules",
            "",
            "A rule that belongs to a setting is checked when the setting is on; in the pack it is off until the pack's configuration",
            'turns it on: `{"table-protected": "mandatory"}` in a file for `--policy-pack-config`.',
            "",
            "| rule | it requires | its ids elsewhere | checked |",
            "|---|---|---|---|",
            *map(_row, met),
            "",
            "## hookline's own",
            "",
            "| rule | it requires | checked |",
            "|---|---|---|",
            *(_own_row(rule) for rule in RULES if rule not in UNMET_RULES and not rule.sources),
            "",
            "## Suppressed, with the reason",
            "",
            "| rule or checks | it requires | its ids elsewhere | why not |",
            "|---|---|---|---|",
            *_suppressed_rows(),
            "",
        ]
    )


def _row(rule: Rule) -> str:
    return f"| `{rule.name}` | {rule.demands} | {', '.join(rule.sources)} | {_judged(rule)} |"


def _own_row(rule: Rule) -> str:
    return f"| `{rule.name}` | {rule.demands} | {_judged(rule)} |"


def _check_row(demand: Demand, tool: str = "") -> str:
    met = f"with `{demand.option}`" if demand.option else "always"
    return f"| {demand.demands} | {tool}{', '.join(demand.checks)} | {', '.join(demand.sources)} | {met} |"


def _judged(rule: Rule) -> str:
    return "always" if rule.option is None else f"with `{rule.option.value}`"


def _suppressed_rows() -> Iterator[str]:
    rules = {rule.name: rule for rule in RULES}
    for suppression in SUPPRESSIONS:
        rule = rules.get(suppression.rule)
        name = f"`{rule.name}`" if rule else ", ".join(suppression.checks)
        of = (rule.demands, rule.sources) if rule else (suppression.demands, suppression.sources)
        yield f"| {name}{_limits(suppression)} | {of[0]} | {', '.join(of[1])} | {suppression.reason} |"


def _limits(suppression: Suppression) -> str:
    """Where the suppression holds, if not everywhere."""
    where = suppression.says or (suppression.resource if suppression.resource != "*" else "")
    said = [f"only: {where}"] if where else []
    if suppression.unless:
        said.append(f"without `{suppression.unless.value}`")
    return f" ({', '.join(said)})" if said else ""


if __name__ == "__main__":
    PAGE.write_text(controls_table())
