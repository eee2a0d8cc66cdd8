"""checkov takes the place of rules: it notices what they noticed, and what it says of hookline is followed or has a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hookline.infra.policy.rule import Option
from hookline.infra.policy.suppressions import SUPPRESSIONS
from infra.changing import EVERY_OPTION, document, put, without
from infra.graph import graph
from public_judges.checkov import Verdict, read, verdicts
from public_judges.checks import CHECKS
from public_judges.environment import need_judges
from public_judges.plan import plan
from public_judges.stacks import judged, report
from terraform.translate import address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.infra.policy.graph import Graph
    from infra.changing import Change
    from public_judges.plan import Json
    from public_judges.stacks import Judged

FUNCTION, STAGE, TABLE, QUEUE, BLOCK = (
    "lambda.Function",
    "apigateway.Stage",
    "dynamodb.Table",
    "sqs.Queue",
    "s3.BucketPublicAccessBlock",
)
SETTINGS, KEY, POLICY = "apigateway.MethodSettings", "kms.Key", "sqs.QueuePolicy"
ENCRYPTION = "s3.BucketServerSideEncryptionConfiguration"
LOOKED_AT = frozenset(
    {
        *(FUNCTION, "lambda.Permission", STAGE, SETTINGS, TABLE, QUEUE, POLICY, KEY, "cloudwatch.LogGroup"),
        *(f"apigateway.{kind}" for kind in ("Deployment", "Method", "RequestValidator", "Resource", "RestApi")),
    }
)
PUBLIC = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}'
PUBLIC_BY_NAME = PUBLIC.replace('"*", "Action"', '{"AWS": "*"}, "Action"')
EVERY_ACTION = PUBLIC.replace("sqs:SendMessage", "*")


def cached_unencrypted(made: Graph) -> Graph:
    """The stage keeps answers, and does not encrypt them."""
    return put(SETTINGS, "settings.cacheDataEncrypted", False)(put(SETTINGS, "settings.cachingEnabled", True)(made))


FAULTS: list[tuple[str, Change]] = [
    ("CKV_AWS_76", put(STAGE, "accessLogSettings", None)),
    ("CKV_AWS_73", put(STAGE, "xrayTracingEnabled", False)),
    ("CKV_AWS_276", put(SETTINGS, "settings.dataTraceEnabled", True)),
    ("CKV_AWS_308", cached_unencrypted),
    ("CKV_AWS_301", put("lambda.Permission", "principal", "*")),
    ("CKV_AWS_115", put(FUNCTION, "reservedConcurrentExecutions", None, name="validator")),
    ("CKV_AWS_173", put(FUNCTION, "kmsKeyArn", None)),
    ("CKV2_AWS_16", put(TABLE, "billingMode", "PROVISIONED")),
    ("CKV_AWS_28", put(TABLE, "pointInTimeRecovery.enabled", False)),
    ("CKV_AWS_119", put(TABLE, "serverSideEncryption.kmsKeyArn", None)),
    ("CKV_AWS_53", put(BLOCK, "blockPublicAcls", False)),
    ("CKV_AWS_54", put(BLOCK, "blockPublicPolicy", False)),
    ("CKV_AWS_55", put(BLOCK, "ignorePublicAcls", False)),
    ("CKV_AWS_56", put(BLOCK, "restrictPublicBuckets", False)),
    ("CKV2_AWS_6", without(BLOCK)),
    ("CKV2_AWS_65", put("s3.BucketOwnershipControls", "rule.objectOwnership", "ObjectWriter")),
    ("CKV_AWS_145", without(ENCRYPTION)),
    ("CKV_AWS_145", put(ENCRYPTION, "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "AES256")),
    ("CKV_AWS_21", put("s3.BucketVersioning", "versioningConfiguration.status", "Suspended")),
    ("CKV_AWS_7", put(KEY, "enableKeyRotation", False)),
    ("CKV2_AWS_64", put(KEY, "policy", None)),
    ("CKV_AWS_33", document(KEY, "policy", lambda one: one.update(Principal="*"))),
    ("CKV_AWS_27", put(QUEUE, "kmsMasterKeyId", None)),
    ("CKV2_AWS_73", put(QUEUE, "kmsMasterKeyId", "alias/aws/sqs")),
    ("CKV_AWS_168", put(POLICY, "policy", PUBLIC)),
    ("CKV_AWS_168", put(POLICY, "policy", PUBLIC_BY_NAME)),
    ("CKV_AWS_387", put(POLICY, "policy", PUBLIC)),
    ("CKV_AWS_387", put(POLICY, "policy", PUBLIC_BY_NAME)),
    ("CKV_AWS_72", put(POLICY, "policy", EVERY_ACTION)),
    ("CKV_AWS_158", put("cloudwatch.LogGroup", "kmsKeyId", None)),
]
"""Programs that were refused by the rules that checkov replaced, and the check that refuses each."""

FOREIGN: list[tuple[str, str, Json]] = [
    ("CKV_AWS_206", "aws_api_gateway_domain_name.own", {"domain_name": "a.example", "security_policy": "TLS_1_0"}),
    ("CKV_AWS_258", "aws_lambda_function_url.open", {"function_name": "f", "authorization_type": "NONE"}),
]
"""The same for resources that hookline does not declare, in Terraform's words."""


@pytest.fixture(name="said", scope="module")
def on_all_plans() -> Mapping[str, set[Verdict]]:
    """What checkov says of the unchanged program with every option, and of each fault, by the name of the plan."""
    need_judges()
    whole = graph(EVERY_OPTION)
    plans = {"whole": plan(whole)}
    plans |= {f"fault-{number}": plan(_small(change(whole))) for number, (_, change) in enumerate(FAULTS)}
    plans |= {f"foreign-{number}": plan(graph(), more={at: said}) for number, (_, at, said) in enumerate(FOREIGN)}
    found: dict[str, set[Verdict]] = {name: set() for name in plans}
    for verdict in verdicts(plans):
        found[verdict.plan].add(verdict)
    return found


def _small(made: Graph) -> Graph:
    """Only the kinds that the faults are in, and what these refer to."""
    return type(made)(
        resources=tuple(one for one in made.resources if one.kind in LOOKED_AT or one.kind.startswith("s3."))
    )


def refused(found: set[Verdict]) -> set[tuple[str, str]]:
    """The checks that a plan fails, with the resources."""
    return {(one.check, one.address) for one in found if not one.passed}


@pytest.mark.parametrize(
    "number", range(len(FAULTS)), ids=[f"{number}-{check}" for number, (check, _) in enumerate(FAULTS)]
)
def test_a_fault_is_refused_by_its_check(said: Mapping[str, set[Verdict]], number: int) -> None:
    """Each was refused by a rule of hookline's, which was deleted because of this."""
    check, _ = FAULTS[number]

    new = refused(said[f"fault-{number}"]) - refused(said["whole"])

    assert check in {name for name, _ in new}


@pytest.mark.parametrize("number", range(len(FOREIGN)), ids=[check for check, _, _ in FOREIGN])
def test_a_fault_of_a_resource_that_hookline_does_not_declare_is_refused(
    said: Mapping[str, set[Verdict]], number: int
) -> None:
    """If a later version declares one, the check is there."""
    check, at, _ = FOREIGN[number]

    assert (check, at) in refused(said[f"foreign-{number}"])


def test_every_check_of_the_table_has_a_fault_that_it_refuses() -> None:
    """A check that a new version of checkov renames or gives up would be met by everything."""
    named = {check for demand in CHECKS for check in demand.checks}

    assert {check for check, _ in FAULTS} | {check for check, _, _ in FOREIGN} == named


@pytest.fixture(name="result", scope="module")
def on_the_stacks(said: Mapping[str, set[Verdict]]) -> Judged:
    """The findings that `make lint` shows."""
    del said  # it skips where there is no checkov
    return judged()


def test_what_checkov_says_of_the_stacks_is_followed_or_has_a_reason(result: Judged) -> None:
    """Nothing else is wrong, and no suppression is older than its cause."""
    assert report(result) == []
    assert len(result.verdicts) > 300


def test_what_is_not_followed_without_a_reason_is_reported(result: Judged) -> None:
    """`make lint` prints these lines and fails."""
    wrong = Verdict(check="CKV_AWS_7", demands="keys rotate", plan="default", address="aws_kms_key.k", passed=False)
    idle = ("CKV_AWS_1", next(one for one in SUPPRESSIONS if one.checks))

    lines = report(replace(result, open=(wrong,), idle=(idle,)))

    assert lines[0] == "default: aws_kms_key.k: CKV_AWS_7: keys rotate"
    assert lines[1].startswith("no resource needs the suppression of CKV_AWS_1: ")


def test_a_suppression_is_of_its_check_and_its_stacks_only() -> None:
    """A wider one would hide what nobody gave a reason for."""
    table = next(graph().of(TABLE))
    recoverer, router = (
        next(one for one in graph().of(FUNCTION) if word in one.name) for word in ("recoverer", "router")
    )
    reserved = next(one for one in SUPPRESSIONS if one.checks == ("CKV_AWS_115",) and one.unless is None)
    key = next(one for one in SUPPRESSIONS if "CKV_AWS_119" in one.checks)

    assert key.lifts_check("CKV_AWS_119", table, ())
    assert not key.lifts_check("CKV_AWS_119", table, (Option.CMK,))
    assert not key.lifts_check("CKV_AWS_28", table, ())
    assert reserved.lifts_check("CKV_AWS_115", recoverer, tuple(Option))
    assert not reserved.lifts_check("CKV_AWS_115", router, tuple(Option))
    assert not key.lifts_check(
        "CKV_AWS_119", replace(table, urn="urn:pulumi:dev::mine::aws:dynamodb/table:Table::t"), ()
    )


def test_every_suppression_of_a_check_says_why() -> None:
    """A reviewer who finds the same reads this reason in the reference."""
    suppressed = [one for one in SUPPRESSIONS if one.checks]

    assert suppressed
    assert all(len(one.reason) > 40 and one.demands and not one.rule for one in suppressed)
    assert all(bool(one.rule) is not bool(one.checks) for one in SUPPRESSIONS)


def test_a_plan_names_each_resource_and_what_it_refers_to() -> None:
    """Checkov finds the key of a queue, or the web ACL of a stage, by these references."""
    whole = graph(EVERY_OPTION)
    (stage,) = whole.of(STAGE)

    made = plan(whole)

    configured = {one["address"]: one["expressions"] for one in made["configuration"]["root_module"]["resources"]}
    assert configured.keys() == {address(one) for one in whole.resources if one.type.startswith("aws:")}
    guard = configured["aws_wafv2_web_acl_association.hookline-firewall"]
    assert address(stage) in guard["resource_arn"]["references"]


def test_a_plan_that_checkov_does_not_read_is_an_error() -> None:
    """Without this, a change of the format would let everything pass."""
    one = {
        "check_id": "CKV_AWS_7",
        "check_name": "keys rotate",
        "file_path": "/plans/whole.json",
        "resource": "aws_kms_key.k",
    }

    with pytest.raises(RuntimeError, match="read nothing in empty"):
        read({"results": {"passed_checks": [one], "failed_checks": []}}, ["whole", "empty"])
