"""A web application firewall in front of the stage, where ``waf`` is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import wafv2

from hookline.adapters.aws import names
from hookline.infra.gateway_responses import GatewayResponse

if TYPE_CHECKING:
    from hookline.infra.settings import Settings

__all__ = ["Firewall"]

_KNOWN_BAD = "AWSManagedRulesKnownBadInputsRuleSet"
_ABOUT_BODIES = ("JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY")
"""Rules that only count: a customer's text may look like an attack, and a signed event must not be refused because of its text.

hookline uses neither Java nor React, and parses no body before its signature is verified.
"""

_SECONDS = 300
_TOO_MANY = "too-many-requests"
_ANSWER = GatewayResponse(kind="THROTTLED", code="too_many_requests", status=429)
_RETRY_AFTER = "60"


class Firewall(pulumi.ComponentResource):
    """Blocks addresses that send too much, and requests that are known attacks on parsers."""

    def __init__(
        self,
        name: str,
        *,
        settings: Settings,
        stage_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hookline:infra:Firewall", name, None, opts)
        acl = wafv2.WebAcl(
            name,
            name=names.firewall(settings.environment),
            description="Keeps floods and known attacks from the webhooks",
            scope="REGIONAL",
            default_action=wafv2.WebAclDefaultActionArgs(allow=wafv2.WebAclDefaultActionAllowArgs()),
            custom_response_bodies=[
                wafv2.WebAclCustomResponseBodyArgs(
                    key=_TOO_MANY, content=_ANSWER.document, content_type="APPLICATION_JSON"
                )
            ],
            rules=[_rate(settings.waf_rate), _known_bad()],
            visibility_config=wafv2.WebAclVisibilityConfigArgs(**_visible(names.firewall(settings.environment))),
            opts=pulumi.ResourceOptions(parent=self),
        )
        wafv2.WebAclAssociation(
            name, resource_arn=stage_arn, web_acl_arn=acl.arn, opts=pulumi.ResourceOptions(parent=self)
        )
        self.register_outputs({})


def _rate(limit: int) -> wafv2.WebAclRuleArgs:
    """The limit of requests from one address in five minutes; above it the answer is 429."""
    wait = wafv2.WebAclRuleActionBlockCustomResponseResponseHeaderArgs(name="Retry-After", value=_RETRY_AFTER)
    return wafv2.WebAclRuleArgs(
        name="rate",
        priority=1,
        action=wafv2.WebAclRuleActionArgs(
            block=wafv2.WebAclRuleActionBlockArgs(
                custom_response=wafv2.WebAclRuleActionBlockCustomResponseArgs(
                    response_code=429, custom_response_body_key=_TOO_MANY, response_headers=[wait]
                )
            )
        ),
        statement=wafv2.WebAclRuleStatementArgs(
            rate_based_statement=wafv2.WebAclRuleStatementRateBasedStatementArgs(
                limit=limit, evaluation_window_sec=_SECONDS, aggregate_key_type="IP"
            )
        ),
        visibility_config=wafv2.WebAclRuleVisibilityConfigArgs(**_visible("rate")),
    )


def _known_bad() -> wafv2.WebAclRuleArgs:
    return wafv2.WebAclRuleArgs(
        name="known-bad-inputs",
        priority=2,
        override_action=wafv2.WebAclRuleOverrideActionArgs(none=wafv2.WebAclRuleOverrideActionNoneArgs()),
        statement=wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                name=_KNOWN_BAD, vendor_name="AWS", rule_action_overrides=[_counted(name) for name in _ABOUT_BODIES]
            )
        ),
        visibility_config=wafv2.WebAclRuleVisibilityConfigArgs(**_visible("known-bad-inputs")),
    )


def _counted(name: str) -> wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs:
    count = wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
    return wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
        name=name,
        action_to_use=wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(count=count),
    )


def _visible(metric: str) -> dict[str, object]:
    """Metrics on, samples off: a sample would contain a sender's headers."""
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": False}
