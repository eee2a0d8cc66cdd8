"""Roles, their policies, and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2e.creators.creator import Aws, Made
    from e2e.inputs import Inputs

__all__ = ["CREATORS"]


def _role(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    made = aws.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=given.need("assumeRolePolicy"),
        Tags=given.tags(),
        **given.pick(description="Description", path="Path", permissionsBoundary="PermissionsBoundary"),
    )["Role"]
    return name, {"name": name, "arn": made["Arn"], "uniqueId": made["RoleId"]}


def _role_policy(aws: Aws, given: Inputs) -> Made:
    role, name = given.need("role"), given.need("name")
    aws.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=given.need("policy"))
    return f"{role}:{name}", {"name": name, "role": role}


def _policy(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    made = aws.client("iam").create_policy(
        PolicyName=name,
        PolicyDocument=given.need("policy"),
        Tags=given.tags(),
        **given.pick(description="Description", path="Path"),
    )["Policy"]
    return made["Arn"], {"name": name, "arn": made["Arn"]}


def _attachment(aws: Aws, given: Inputs) -> Made:
    role, policy = given.need("role"), given.need("policyArn")
    aws.client("iam").attach_role_policy(RoleName=role, PolicyArn=policy)
    return f"{role}/{policy}", {"role": role, "policyArn": policy}


def _key(aws: Aws, given: Inputs) -> Made:
    kms = aws.client("kms")
    given.take("deletionWindowInDays")  # for the engine: how long a destroyed key waits
    rotation = given.take("enableKeyRotation")
    tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in given.tags()]
    made = kms.create_key(Tags=tags, **given.pick(description="Description", policy="Policy"))["KeyMetadata"]
    if rotation:
        kms.enable_key_rotation(KeyId=made["KeyId"])
    return made["KeyId"], {"arn": made["Arn"], "keyId": made["KeyId"]}


def _alias(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    aws.client("kms").create_alias(AliasName=name, TargetKeyId=given.need("targetKeyId"))
    return name, {"name": name, "arn": aws.arn("kms", name)}


CREATORS = {
    "aws:iam/policy:Policy": _policy,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _attachment,
    "aws:kms/alias:Alias": _alias,
    "aws:kms/key:Key": _key,
}
