"""The rules as Pulumi policies, with which its engine checks a real deployment.

``deploy/policy`` is the pack; it needs the package pulumi-policy. A rule that belongs to an option of the stack is off there until
the pack's configuration turns it on.
During a preview Pulumi skips rules about values that are not known yet, and reports that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_policy import EnforcementLevel, ResourceValidationPolicy, StackValidationPolicy

from hookline.infra.policy import RULES, is_suppressed
from hookline.infra.policy.graph import Graph, Resource

if TYPE_CHECKING:
    from pulumi_policy import Policy, PolicyResource, ReportViolation, ResourceValidationArgs, StackValidationArgs

    from hookline.infra.policy.rule import Rule

__all__ = ["PACK", "policies"]

PACK = "hookline"


def policies() -> list[Policy]:
    """One policy for each rule."""
    return [_for_one(rule) if rule.kinds else _for_all(rule) for rule in RULES]


def _for_one(rule: Rule) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = Resource(
            type=args.resource_type,
            name=args.name,
            inputs=args.props,
            urn=args.urn,
            protect=args.opts.protect,
            delete_before_replace=args.opts.delete_before_replace is True,
        )
        _report(rule, Graph(resources=(resource,)), report)

    return ResourceValidationPolicy(
        name=rule.name, description=_description(rule), validate=validate, enforcement_level=_level(rule)
    )


def _for_all(rule: Rule) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        _report(rule, Graph(resources=tuple(map(_resource, args.resources))), report)

    return StackValidationPolicy(
        name=rule.name, description=_description(rule), validate=validate, enforcement_level=_level(rule)
    )


def _resource(resource: PolicyResource) -> Resource:
    return Resource(
        type=resource.resource_type,
        name=resource.name,
        inputs=resource.props,
        urn=resource.urn,
        depends_on=tuple(one.urn for one in resource.dependencies),
        protect=resource.opts.protect,
        delete_before_replace=resource.opts.delete_before_replace is True,
    )


def _report(rule: Rule, graph: Graph, report: ReportViolation) -> None:
    for finding in rule.judge(graph):
        if not is_suppressed(finding):
            report(f"{finding.resource.address}: {finding.fix}", finding.resource.urn or None)


def _level(rule: Rule) -> EnforcementLevel:
    return EnforcementLevel.MANDATORY if rule.option is None else EnforcementLevel.DISABLED


def _description(rule: Rule) -> str:
    return f"{rule.demands} ({'; '.join(rule.sources)})" if rule.sources else rule.demands
