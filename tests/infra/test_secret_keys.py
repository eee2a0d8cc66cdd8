"""Secrets that are encrypted with keys of the customer's own: functions may have exactly these used, by the stores of secrets only."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pytest

from hookline.errors import ConfigError
from hookline.infra import WebhookPipeline
from hookline.infra.permissions import keys_of_region, secret_arns, validator_statements
from hookline.infra.pipeline_args import PipelineArgs
from hookline.infra.policy import judge
from hookline.infra.policy.graph import Graph
from hookline.infra.settings import Settings, read_settings
from infra.graph import graph, record, stack
from infra.projects import EXAMPLE, project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.graph import Stack

PLACE = {"partition": "aws", "region": "eu-west-1", "account": "123456789012"}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY = "arn:aws:kms:eu-west-1:210987654321:key/mrk-1234abcd12ab34cd56ef1234567890ab"
ELSEWHERE = KEY.replace("eu-west-1", "us-east-1")
SECRETS = {"secretKeys": f"{KEY},{OTHER_KEY}"}
FETCHING = """
[sources.mollie]
verify = { scheme = "mollie-classic" }
fetch = { secret = "secretsmanager:mollie/key" }
"""


def decrypting(made: Stack) -> dict[str, dict[str, object]]:
    """By function, the statement that allows decryption."""
    policies = {policy.name: json.loads(policy.text("policy")) for policy in made.of("iam.RolePolicy")}
    return {
        name: one
        for name, policy in policies.items()
        for one in policy["Statement"]
        if "kms:Decrypt" in (one["Action"] if isinstance(one["Action"], list) else [one["Action"]])
    }


def through(*stores: str) -> dict[str, object]:
    """The statement for both keys."""
    return {
        "Sid": "DecryptSecrets",
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": [KEY, OTHER_KEY],
        "Condition": {"StringEquals": {"kms:ViaService": list(stores)}},
    }


def with_decryption(made: Graph, change: Callable[[dict[str, object]], object], *, of: str = "validator") -> Graph:
    """The graph with the statement changed in the policy of one function."""

    def changed(text: str) -> str:
        whole = json.loads(text)
        for one in whole["Statement"]:
            if one["Sid"] == "DecryptSecrets":
                change(one)
        return json.dumps(whole)

    return Graph(
        resources=tuple(
            replace(one, inputs={**one.inputs, "policy": changed(one.text("policy"))})
            if (one.kind, one.name) == ("iam.RolePolicy", f"hookline-{of}")
            else one
            for one in made.resources
        )
    )


def declared_as_one(args: PipelineArgs) -> None:
    """The calls of a program of the user."""
    WebhookPipeline("one", args)


def complaints(written: Mapping[str, str]) -> list[str]:
    """What is said about the keys."""
    with pytest.raises(ConfigError) as error:
        read_settings({"region": "eu-west-1", **written}, stack="dev")
    return [one.why for one in error.value.complaints if one.where == "hookline:secretKeys"]


def test_without_keys_no_function_may_decrypt_anything() -> None:
    """The account's own keys (aws/ssm, aws/secretsmanager) need no grant."""
    assert decrypting(stack()) == {}


def test_only_functions_that_read_secrets_may_have_the_keys_used(tmp_path: Path) -> None:
    """The router reads secrets where records are fetched, each from its own store; the recoverer reads none."""
    fetching = project(tmp_path, "[queues.payments]", f"{FETCHING}\n[queues.payments]")

    assert decrypting(stack(SECRETS)) == {"hookline-validator": through("ssm.eu-west-1.amazonaws.com")}
    assert decrypting(stack(SECRETS, project=fetching)) == {
        "hookline-validator": through("ssm.eu-west-1.amazonaws.com"),
        "hookline-router": through("secretsmanager.eu-west-1.amazonaws.com"),
    }


def test_both_stores_are_named_where_secrets_lie_in_both(tmp_path: Path) -> None:
    """A function could not decrypt from a store that is not named, and an extra one would be a way to misuse the key."""
    written = project(
        tmp_path, 'secrets = ["TRANSACTIONS_SECRET"]', 'secrets = ["TRANSACTIONS_SECRET", "secretsmanager:a"]'
    )

    (found,) = decrypting(stack(SECRETS, project=written)).values()

    assert found == through("secretsmanager.eu-west-1.amazonaws.com", "ssm.eu-west-1.amazonaws.com")


def test_in_china_both_of_the_services_domains_are_allowed() -> None:
    """AWS does not say which of them KMS compares there."""
    place = {"partition": "aws-cn", "region": "cn-north-1", "account": "123456789012"}
    secrets = secret_arns(["A"], "dev", **place)

    statements = validator_statements(
        table="t", rejected="r", bucket="b", router="f", log_group="l", secrets=secrets, secret_keys=[KEY]
    )

    (found,) = (one["Condition"] for one in statements if one["Sid"] == "DecryptSecrets")
    assert found == {
        "StringEquals": {"kms:ViaService": ["ssm.cn-north-1.amazonaws.com", "ssm.cn-north-1.amazonaws.com.cn"]}
    }


def test_the_controls_accept_exactly_this_grant(tmp_path: Path) -> None:
    """With every option, and where the router fetches records."""
    fetching = project(tmp_path, "[queues.payments]", f"{FETCHING}\n[queues.payments]")

    for config, written in ((SECRETS, None), (SECRETS, fetching), ({**SECRETS, "cmk": "true"}, fetching)):
        assert list(map(str, judge(graph(config, project=written)))) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.pop("Condition"),
        lambda one: one.update(Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
        lambda one: one.update(Condition={"StringLike": {"kms:ViaService": "ssm.*.amazonaws.com"}}),
        lambda one: one.update(Condition={"StringNotEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}}),
        lambda one: one.update(Action=["kms:Decrypt", "kms:Encrypt"]),
        lambda one: one.update(Resource=["*"]),
        lambda one: one.update(Resource=[KEY.rpartition("/")[0] + "/*"]),
        lambda one: one.update(Resource=["arn:aws:kms:eu-west-1:123456789012:alias/payments"]),
    ],
    ids=["no condition", "another service", "pattern", "negated", "encrypt", "any key", "the account's keys", "alias"],
)
def test_the_controls_refuse_any_other_grant(change: Callable[[dict[str, object]], object]) -> None:
    """A function that may decrypt with a customer's key on its own could read whatever that key protects."""
    faulty = with_decryption(graph(SECRETS), change)

    assert "function-grants" in {finding.rule for finding in judge(faulty)}


def test_a_key_may_be_named_in_a_list_as_well() -> None:
    """``pulumi config set --path 'hookline:secretKeys[0]'`` writes one."""
    listed = read_settings({"secretKeys": json.dumps([KEY, OTHER_KEY])}, stack="dev")

    assert listed.secret_keys == (KEY, OTHER_KEY)
    assert read_settings({"secretKeys": f"{KEY}, {OTHER_KEY}"}, stack="dev") == listed


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("arn:aws:kms:eu-west-1:123456789012:alias/payments", "no alias: a policy grants keys only"),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", "is not the ARN of a KMS key"),
        ("arn:aws:kms:eu-west-1:123456789012:key/*", "is not the ARN of a KMS key"),
        (f"{KEY},", "is not the ARN of a KMS key"),
        ('{"a": "b"}', "is not the ARN of a KMS key"),
        ("[1", "must be a list"),
        (ELSEWHERE, "is not a key of eu-west-1, and secrets are encrypted with keys of their own region"),
        (",".join([KEY] * 11), "at most 10 KMS keys"),
    ],
)
def test_what_is_no_key_of_this_region_is_refused(written: str, why: str) -> None:
    """IAM accepts an alias without an error, and grants nothing: senders would get 503 after the deployment."""
    (said,) = complaints({"secretKeys": written})

    assert why in said


def test_where_only_the_provider_knows_the_region_the_key_is_compared_with_that() -> None:
    """The setting may be left out, and ``AWS_REGION`` is not read before the deployment."""
    assert keys_of_region([KEY], "eu-west-1") == [KEY]
    with pytest.raises(ConfigError, match="is not a key of us-east-1"):
        keys_of_region([KEY], "us-east-1")
    settings = Settings(
        environment="dev",
        project=EXAMPLE / "hookline.toml",
        secret_keys=(ELSEWHERE,),
        layer_archive=Path("layer.zip"),
        function_archive=Path("function.zip"),
    )

    with pytest.raises(pulumi.RunError, match="is not a key of eu-west-1"):
        record(lambda: declared_as_one(PipelineArgs(settings=settings)))


def test_keys_count_for_the_length_of_a_policy(tmp_path: Path) -> None:
    """IAM takes 10,240 characters of a role's policies: what is longer is refused before anything is created."""
    secrets = ", ".join(f'"SECRET_{number:03}"' for number in range(110))
    written = project(tmp_path, 'secrets = ["TRANSACTIONS_SECRET"]', f"secrets = [{secrets}]")
    settings = {"region": "eu-west-1", "project": str(written)}
    assert PipelineArgs.read(settings, stack="dev").settings.secret_keys == ()

    with pytest.raises(ConfigError, match="a policy that names them all would have"):
        PipelineArgs.read({**settings, "secretKeys": ",".join([KEY] * 10)}, stack="dev")
