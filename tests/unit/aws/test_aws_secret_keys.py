"""Which keys secrets are encrypted with, and which a function may have used, as the doctor asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from contract.aws import ENVIRONMENT, shared_cloud
from emulator.functions import archive
from hookline.adapters.aws.names import parameter
from hookline.adapters.aws.secret_keys import SecretKeys
from hookline.errors import UnavailableError
from hookline.pipeline.checkup.deployment import secret_keys

if TYPE_CHECKING:
    from contract.aws import Cloud

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def cloud() -> Cloud:
    """An empty emulator."""
    found = shared_cloud()
    found.emulator.reset()
    return found


def keys(cloud: Cloud) -> SecretKeys:
    """The doctor's."""
    return SecretKeys(cloud.clients, environment=ENVIRONMENT)


def test_a_key_is_known_by_its_arn_however_it_was_named(cloud: Cloud) -> None:
    """A policy has ARNs, and a secret may have been written with an alias or an id; AWS's own keys need no grant."""
    kms, ssm, manager = (cloud.emulator.client(name) for name in ("kms", "ssm", "secretsmanager"))
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/payments", TargetKeyId=made["KeyId"])
    for name, key in (("BY_ALIAS", "alias/payments"), ("BY_ID", made["KeyId"]), ("BY_ARN", KEY), ("PLAIN", None)):
        encrypted = {} if key is None else {"KeyId": key}
        ssm.put_parameter(Name=parameter(name, ENVIRONMENT), Value="v", Type="SecureString", **encrypted)
    manager.create_secret(Name="own", SecretString="v", KmsKeyId="alias/payments")
    manager.create_secret(Name="plain", SecretString="v")

    used = keys(cloud).used(
        [
            "BY_ALIAS",
            "BY_ID",
            "BY_ARN",
            "PLAIN",
            "ABSENT",
            "secretsmanager:own",
            "secretsmanager:plain",
            "secretsmanager:absent",
        ]
    )

    arn = made["Arn"]
    assert used == {"BY_ALIAS": arn, "BY_ID": arn, "BY_ARN": KEY, "secretsmanager:own": arn}


@pytest.mark.parametrize("several", [False, True], ids=["one text", "lists"])
def test_the_keys_of_a_function_are_those_that_its_policy_names(cloud: Cloud, *, several: bool) -> None:
    """IAM accepts one text in place of a list with one item."""
    iam = cloud.emulator.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    allowed = [
        {
            "Effect": "Allow",
            "Action": "dynamodb:PutItem",
            "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/t",
        },
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt"] if several else "kms:Decrypt",
            "Resource": [KEY] if several else KEY,
        },
    ]
    iam.put_role_policy(
        RoleName="r", PolicyName="f", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed})
    )
    cloud.emulator.client("lambda").create_function(
        FunctionName="f", Role=role, Runtime="python3.11", Handler="f.f", Code={"ZipFile": archive(f="f = print")}
    )

    assert keys(cloud).granted("f") == {KEY}


def test_a_look_that_is_refused_is_no_answer(cloud: Cloud) -> None:
    """Taken for "no key", it would call a wrong stack right."""
    cloud.emulator.fail("ssm", "DescribeParameters", status=400, code="AccessDeniedException")

    with pytest.raises(UnavailableError) as caught:
        keys(cloud).used(["A"])
    cloud.emulator.heal()

    assert caught.value.missing_right == "ssm:DescribeParameters"


def test_each_secret_with_a_key_that_is_not_granted_is_a_finding() -> None:
    """A key that is granted is no finding, and neither is a stack without keys of its own."""
    findings = secret_keys({"A": KEY, "B": "another"}, {KEY}, function="webhook-validator-prod")

    assert [(one.code, one.facts["secret"]) for one in findings] == [("secret_key_not_granted", "B")]
    assert [one.code for one in secret_keys({"A": KEY}, {KEY}, function="f")] == [None]
    assert secret_keys({}, {KEY}, function="f") == []
