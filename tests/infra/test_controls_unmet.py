"""The vendors' rules that are not followed: each suppressed with a reason, none more widely than it says, and none forgotten."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hookline.infra.policy import RULES, judge
from hookline.infra.policy.rule import Option
from hookline.infra.policy.suppressions import SUPPRESSIONS
from hookline.infra.policy.unmet_rules import UNMET_RULES
from infra.changing import EVERY_OPTION, having, put
from infra.graph import graph
from public_judges.checks import CHECKS, LINTS

if TYPE_CHECKING:
    from hookline.infra.policy.graph import Graph
    from hookline.infra.policy.suppressions import Suppression
    from infra.changing import Change

MET = [rule for rule in RULES if rule not in UNMET_RULES]
TOPIC = "sns.Topic"

# Resources that a stack of hookline's has not, so that the suppression is shown on one of a program around it.
FOREIGN = {
    "mapping-failure-destination": having("lambda.EventSourceMapping", {"eventSourceArn": "arn:aws:sqs:a:b:c"}),
}


# What it would take to follow a rule that is suppressed.
FOLLOWED: list[tuple[str, Change]] = [
    (
        "mapping-failure-destination",
        having("lambda.EventSourceMapping", {"destinationConfig": {"onFailure": {"destinationArn": "arn"}}}),
    ),
    ("table-backup-plan", having("backup.Selection", {"resources": ["everything"]})),
    ("topic-delivery-status", put(TOPIC, "sqsFailureFeedbackRoleArn", "arn:aws:iam::123456789012:role/feedback")),
    ("subscription-dead-letters", put("sns.TopicSubscription", "redrivePolicy", "{}")),
]


@pytest.fixture(name="whole", scope="module")
def with_every_option() -> Graph:
    """The program with every option on: all rules are judged."""
    return graph(EVERY_OPTION)


@pytest.mark.parametrize(
    "suppression",
    [one for one in SUPPRESSIONS if one.rule],
    ids=lambda suppression: f"{suppression.rule} {suppression.resource}",
)
def test_a_suppression_lifts_something(suppression: Suppression, whole: Graph) -> None:
    """An unneeded suppression would hide the next fault of its kind."""
    judged = FOREIGN[suppression.rule](whole) if suppression.rule in FOREIGN else whole

    lifted = [finding for finding in judge(judged, options=tuple(Option), suppress=False) if suppression.lifts(finding)]

    assert lifted
    assert len(suppression.reason) > 40


@pytest.mark.parametrize(("rule", "change"), FOLLOWED, ids=[rule for rule, _ in FOLLOWED])
def test_a_rule_that_is_suppressed_could_be_followed(rule: str, change: Change, whole: Graph) -> None:
    """Its findings say what would follow it; a rule that nothing satisfies is useless."""
    faulty, followed = (
        [finding for finding in judge(judged, suppress=False) if finding.rule == rule]
        for judged in (whole, change(whole))
    )

    assert len(followed) < max(1, len(faulty))


def test_every_suppressed_rule_has_its_suppression_and_nothing_else_is_suppressed_wholly() -> None:
    """One file has all that is not met, with its reason; a rule that is met is suppressed for named resources at most."""
    ours = [suppression for suppression in SUPPRESSIONS if suppression.rule]
    wholly = {suppression.rule for suppression in ours if suppression.resource == "*" and not suppression.says}

    assert wholly == {rule.name for rule in UNMET_RULES}
    assert {suppression.rule for suppression in ours} - wholly <= {rule.name for rule in MET}
    assert wholly == {rule for rule, _ in FOLLOWED}


MET_ELSEWHERE_AS = """
AwsSolutions-APIG1 CKV_AWS_76 APIGWAccessLogging APIGWStructuredLogging AwsSolutions-APIG2 CKV2_AWS_53 AwsSolutions-APIG3 APIGateway.4
CKV2_AWS_29 CKV_AWS_192 AwsSolutions-APIG6 APIGateway.1 CKV_AWS_276 APIGateway.3 CKV_AWS_73 APIGWXrayEnabled
APIGWDefaultThrottling APIGateway.5 CKV_AWS_308 CKV_AWS_237 CKV_AWS_217 CKV_AWS_206
W2531
AwsSolutions-L1 LambdaLatestVersion Lambda.2 CKV_AWS_363 Lambda.1 CKV_AWS_301 CKV_AWS_364 W3663 CKV_AWS_258 LambdaFunctionUrlAuth CKV_AWS_50
LambdaTracing Lambda.7 CKV_AWS_115 LambdaConcurrency LambdaAsyncFailureDestination LambdaDefaultMemorySize LambdaDefaultTimeout
LambdaEventSourceSQSVisibilityTimeout E3505 LambdaStarPermissions AwsSolutions-IAM5 LambdaLogging E3696 CKV_AWS_45 E3697 CKV_AWS_173
DynamoDB.1 CKV2_AWS_16 DynamoDB.2 AwsSolutions-DDB3 CKV_AWS_28 DynamoDB.6 CKV_AWS_119
SQS.1 AwsSolutions-SQS2 CKV_AWS_27 CKV2_AWS_73 AwsSolutions-SQS3 SQSRedrivePolicy AwsSolutions-SQS4 SQS.3 CKV_AWS_168 CKV_AWS_72 CKV_AWS_387
SNS.1 CKV_AWS_26 AwsSolutions-SNS3 SNS.4 CKV_AWS_169 CKV_AWS_385
CloudWatchLogGroupRetention CKV_AWS_66 CKV_AWS_158 CloudWatchLogGroupEncrypted CKV_AWS_319 CloudWatch.15 CloudWatch.17
AwsSolutions-IAM4 CKV_AWS_62 CKV_AWS_63 CKV_AWS_286 CKV_AWS_287 CKV_AWS_288 CKV_AWS_289 CKV_AWS_290 CKV_AWS_355 IAM.1 IAM.21 CKV_AWS_60
CKV_AWS_61 S3.1 S3.2 S3.3 S3.5 S3.8 S3.12 S3.13 AwsSolutions-S2 AwsSolutions-S10 CKV_AWS_19 CKV_AWS_20 CKV_AWS_21 CKV_AWS_53 CKV_AWS_54
CKV_AWS_55 CKV_AWS_56 CKV_AWS_57 CKV_AWS_145 CKV_AWS_300 CKV2_AWS_6 CKV2_AWS_61 CKV2_AWS_65 CKV_AWS_7 AwsSolutions-KMS5 CKV_AWS_33
CKV2_AWS_64 CKV_AWS_337 CKV2_AWS_34
"""
"""Rules that a review by these rule sets would apply to a stack like this one, and must not find broken."""

UNMET_ELSEWHERE_AS = """
CKV2_AWS_4 AwsSolutions-APIG4 CKV_AWS_59 CKV2_AWS_70 APIGateway.2 CKV2_AWS_51 CKV_AWS_120 CKV_AWS_225 CKV_AWS_116 LambdaDLQ
LambdaEventSourceMappingDestination CKV_AWS_117 LambdaInsideVPC Lambda.5 CKV_AWS_272 DynamoDBInBackupPlan DynamoDB.4 SNS.2 SNSRedrivePolicy
CKV_AWS_338 CloudWatch.16 S3.9 AwsSolutions-S1 CKV_AWS_18 CKV_AWS_144 CKV2_AWS_62 AwsSolutions-SMG4 CKV2_AWS_57 CKV_AWS_304
SecretsManager.1 SecretsManager.4 CKV2_AWS_31 CKV2_AWS_77 CKV_AWS_297
"""
"""Rules that it would find broken, each with a reason."""


@pytest.mark.parametrize(
    ("sources", "ids"),
    [
        (
            [
                *(source for rule in MET for source in rule.sources),
                *(id_ for demand in (*CHECKS, *LINTS) for id_ in (*demand.checks, *demand.sources)),
            ],
            MET_ELSEWHERE_AS,
        ),
        (
            [
                *(source for rule in UNMET_RULES for source in rule.sources),
                *(
                    id_
                    for one in SUPPRESSIONS
                    if not (one.unless or one.resource != "*")
                    for id_ in (*one.checks, *one.sources)
                ),
            ],
            UNMET_ELSEWHERE_AS,
        ),
    ],
    ids=["met", "suppressed"],
)
def test_every_rule_of_a_vendor_that_applies_is_met_or_suppressed(sources: list[str], ids: str) -> None:
    """The two lists were read from the vendors' own: with a rule that is removed here its id must be removed there."""
    named = {id_ for source in sources for id_ in re.findall(r"[\w.-]*\w", source)}

    assert set(ids.split()) <= named
    assert named - set(ids.split()) <= {"serverless", "FSBP", "cfn-lint", "Security", "Hub"}
