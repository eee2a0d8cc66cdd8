"""What is around the REST API: the firewall, and the account's own setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from e2e.creators.creator import upper

if TYPE_CHECKING:
    from e2e.creators.creator import Aws, Made
    from e2e.inputs import Inputs

__all__ = ["CREATORS"]


def _account(aws: Aws, given: Inputs) -> Made:
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": given.need("cloudwatchRoleArn")}
    aws.client("apigateway").update_account(patchOperations=[change])
    return "account", {}


def _firewall(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    bodies = {each["key"]: upper(_without_key(each)) for each in given.take("customResponseBodies") or []}
    made = aws.client("wafv2").create_web_acl(
        Name=name,
        Scope=given.need("scope"),
        DefaultAction=upper(given.need("defaultAction")),
        Rules=_visible(upper(given.need("rules"))),
        VisibilityConfig=_visible(upper(given.need("visibilityConfig"))),
        CustomResponseBodies=bodies,
        **given.pick(description="Description"),
    )["Summary"]
    return made["Id"], {"arn": made["ARN"], "name": name}


def _without_key(body: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in body.items() if name != "key"}


def _visible(value: Any) -> Any:  # boto3's parameters
    """The one word whose capitals the provider has otherwise."""
    if isinstance(value, dict):
        spelled = {"CloudwatchMetricsEnabled": "CloudWatchMetricsEnabled"}
        return {spelled.get(key, key): _visible(each) for key, each in value.items()}
    return [_visible(each) for each in value] if isinstance(value, list) else value


def _association(aws: Aws, given: Inputs) -> Made:
    acl, resource = given.need("webAclArn"), given.need("resourceArn")
    aws.client("wafv2").associate_web_acl(WebACLArn=acl, ResourceArn=resource)
    return f"{acl},{resource}", {}


CREATORS = {
    "aws:apigateway/account:Account": _account,
    "aws:wafv2/webAcl:WebAcl": _firewall,
    "aws:wafv2/webAclAssociation:WebAclAssociation": _association,
}
