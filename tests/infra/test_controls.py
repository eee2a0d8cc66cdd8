"""The unchanged program meets every control, each control can be broken, and what is waived is waived for a reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.aws import names
from hookline.infra.policy import RULES, WAIVERS, Option, controls_table, judge
from hookline.infra.policy.grants import NEEDS
from hookline.infra.policy.waived import WAIVED_RULES
from hookline.infra.policy.wiring import VARIABLES
from infra.changing import document, having, put, registered, without
from infra.graph import graph
from infra.projects import project

if TYPE_CHECKING:
    from hookline.infra.policy import Graph, Rule, Waiver
    from infra.changing import Change

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "controls.md"
EVERY_OPTION = {
    "cmk": "true",
    "waf": "true",
    "protect": "true",
    "validatorConcurrency": "100",
    "routerConcurrency": "50",
    "manageApiGatewayAccount": "true",
    "alarmEmail": "operators@example.com",
}
MUST = {rule.name: rule for rule in RULES if rule not in WAIVED_RULES}

FUNCTION, STAGE, TABLE, QUEUE, TOPIC = "lambda.Function", "apigateway.Stage", "dynamodb.Table", "sqs.Queue", "sns.Topic"
METHOD_SETTINGS, POLICY, PERMISSION = "apigateway.MethodSettings", "iam.RolePolicy", "lambda.Permission"
PUBLIC = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}}'

FAULTS: list[tuple[str, Change]] = [
    ("stage-access-logs", put(STAGE, "accessLogSettings", None)),
    ("stage-structured-logs", put(STAGE, "accessLogSettings.format", "$context.requestId")),
    ("stage-structured-logs", put(STAGE, "accessLogSettings.format", '"$context.requestId"')),
    ("stage-tracing", put(STAGE, "xrayTracingEnabled", False)),
    ("method-request-validation", put("apigateway.Method", "requestValidatorId", None)),
    ("method-request-validation", put("apigateway.RequestValidator", "validateRequestBody", False)),
    ("method-request-validation", put("apigateway.Method", "requestModels.$default", None)),
    ("stage-execution-logs", put(METHOD_SETTINGS, "settings.loggingLevel", "OFF")),
    ("stage-execution-logs", put(METHOD_SETTINGS, "settings.metricsEnabled", False)),
    ("stage-execution-logs", without(METHOD_SETTINGS)),
    ("stage-throttling", put(METHOD_SETTINGS, "settings.throttlingRateLimit", None)),
    ("stage-throttling", put(METHOD_SETTINGS, "settings.throttlingBurstLimit", -1)),
    ("method-no-data-trace", put(METHOD_SETTINGS, "settings.dataTraceEnabled", True)),
    ("method-cache-encrypted", put(METHOD_SETTINGS, "settings.cacheDataEncrypted", None)),
    ("gateway-replaced-in-place", registered("apigateway.Deployment", delete_before_replace=True)),
    ("domain-modern-tls", having("apigateway.DomainName", {"securityPolicy": "TLS_1_0"})),
    ("stage-firewall", without("wafv2.WebAclAssociation")),
    ("stage-firewall", put("wafv2.WebAcl", "rules", [])),
    ("function-runtime", put(FUNCTION, "runtime", "python3.11")),
    ("function-not-public", put(PERMISSION, "principal", "*")),
    ("permission-scoped", put(PERMISSION, "sourceAccount", None)),
    ("permission-scoped", put(PERMISSION, "sourceArn", None)),
    ("permission-scoped", put(PERMISSION, "sourceArn", "arn:aws:execute-api:eu-west-1:123456789012:api/*/*/*")),
    ("function-url-signed", having("lambda.FunctionUrl", {"authorizationType": "NONE"})),
    ("function-tracing", put(FUNCTION, "tracingConfig.mode", "PassThrough")),
    ("function-limits", put(FUNCTION, "memorySize", None)),
    ("function-limits", put(FUNCTION, "timeout", None)),
    ("function-concurrency", put(FUNCTION, "reservedConcurrentExecutions", None, name="validator")),
    ("router-failure-destination", put("lambda.FunctionEventInvokeConfig", "destinationConfig", None, name="router")),
    (
        "router-failure-destination",
        put("lambda.FunctionEventInvokeConfig", "maximumEventAgeInSeconds", None, name="router"),
    ),
    ("function-log-config", put(FUNCTION, "loggingConfig.logFormat", "Text")),
    ("function-log-config", put(FUNCTION, "loggingConfig.logGroup", None)),
    ("function-no-secrets", put(FUNCTION, "environment.variables.SIGNING_SECRET", "hunter2")),
    ("function-no-secrets", put(FUNCTION, "environment.variables.HARMLESS", "whsec_MfKQ9r8GKYqrTwjU")),
    ("function-environment-size", put(FUNCTION, "environment.variables.LONG", "x" * 4096)),
    ("function-customer-key", put(FUNCTION, "kmsKeyArn", None)),
    ("table-on-demand", put(TABLE, "billingMode", "PROVISIONED")),
    ("table-recovery", put(TABLE, "pointInTimeRecovery.enabled", False)),
    ("table-protected", put(TABLE, "deletionProtectionEnabled", False)),
    ("table-protected", registered(TABLE, protect=False)),
    ("bucket-protected", registered("s3.Bucket", protect=False)),
    ("bucket-protected", put("s3.Bucket", "forceDestroy", True)),
    ("table-encrypted", put(TABLE, "serverSideEncryption", None)),
    ("table-customer-key", put(TABLE, "serverSideEncryption.kmsKeyArn", None)),
    ("bucket-private", put("s3.BucketPublicAccessBlock", "blockPublicPolicy", False)),
    ("bucket-private", without("s3.BucketPublicAccessBlock")),
    ("bucket-owned", put("s3.BucketOwnershipControls", "rule.objectOwnership", "ObjectWriter")),
    ("bucket-encrypted", without("s3.BucketServerSideEncryptionConfiguration")),
    (
        "bucket-customer-key",
        put(
            "s3.BucketServerSideEncryptionConfiguration",
            "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm",
            "AES256",
        ),
    ),
    ("bucket-versioned", put("s3.BucketVersioning", "versioningConfiguration.status", "Suspended")),
    ("bucket-lifecycle", put("s3.BucketLifecycleConfiguration", "rules.1.abortIncompleteMultipartUpload", None)),
    ("bucket-lifecycle", put("s3.BucketLifecycleConfiguration", "rules.1.status", "Disabled")),
    ("bucket-tls", without("s3.BucketPolicy")),
    (
        "bucket-tls",
        document(
            "s3.BucketPolicy", "policy", lambda one: one.update(Condition={"Bool": {"aws:SecureTransport": "true"}})
        ),
    ),
    ("key-rotation", put("kms.Key", "enableKeyRotation", False)),
    ("key-policy", put("kms.Key", "policy", None)),
    ("key-policy", document("kms.Key", "policy", lambda one: one.update(Principal="*"))),
    ("queue-encrypted", put(QUEUE, "kmsMasterKeyId", None)),
    ("queue-no-shared-key", put(QUEUE, "kmsMasterKeyId", "alias/aws/sqs")),
    ("queue-customer-key", put(QUEUE, "kmsMasterKeyId", None)),
    ("queue-dead-letters", put(QUEUE, "redrivePolicy", None, name="payments-queue")),
    ("queue-dead-letters", without("sqs.RedriveAllowPolicy")),
    ("queue-dead-letters", put("sqs.RedriveAllowPolicy", "redriveAllowPolicy", '{"redrivePermission": "allowAll"}')),
    ("queue-tls", without("sqs.QueuePolicy", name="payments-dlq")),
    ("queue-tls", document("sqs.QueuePolicy", "policy", lambda one: one.update(Principal={"AWS": "123456789012"}))),
    ("queue-not-public", put("sqs.QueuePolicy", "policy", PUBLIC)),
    ("topic-encrypted", put(TOPIC, "kmsMasterKeyId", None)),
    ("topic-encrypted", put(TOPIC, "kmsMasterKeyId", "alias/aws/sns")),
    ("topic-key-for-alarms", put("kms.Key", "policy", PUBLIC)),
    ("topic-tls", without("sns.TopicPolicy")),
    ("topic-not-public", document("sns.TopicPolicy", "policy", lambda one: one.pop("Condition"))),
    (
        "role-inline-policies",
        having("iam.RolePolicyAttachment", {"policyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaRole"}),
    ),
    (
        "policy-no-wildcards",
        document(POLICY, "policy", lambda one: one.update(Action=["dynamodb:*"]), name="validator"),
    ),
    ("policy-no-wildcards", document(POLICY, "policy", lambda one: one.update(Resource="*"), name="validator")),
    ("policy-no-wildcards", put(POLICY, "policy", "{}", name="validator")),
    (
        "policy-no-wildcards",
        document(
            POLICY,
            "policy",
            lambda one: one.update(Resource="arn:aws:dynamodb:eu-west-1:123456789012:table/*"),
            name="router",
        ),
    ),
    ("policy-no-wildcards", document(POLICY, "policy", lambda one: one.update(NotAction=one.pop("Action")))),
    ("role-trust", document("iam.Role", "assumeRolePolicy", lambda one: one.update(Principal="*"))),
    (
        "role-trust",
        document(
            "iam.Role", "assumeRolePolicy", lambda one: one.update(Principal={"AWS": "arn:aws:iam::123456789012:root"})
        ),
    ),
    (
        "role-trust",
        document(
            "iam.Role",
            "assumeRolePolicy",
            lambda one: one.update(Principal={"Service": "scheduler.amazonaws.com"}, Condition={}),
        ),
    ),
    ("log-retention", put("cloudwatch.LogGroup", "retentionInDays", 0)),
    ("log-customer-key", put("cloudwatch.LogGroup", "kmsKeyId", None)),
    ("alarm-actions", put("cloudwatch.MetricAlarm", "alarmActions", [])),
    ("alarm-actions", put("cloudwatch.MetricAlarm", "okActions", None)),
    ("alarm-actions", put("cloudwatch.MetricAlarm", "actionsEnabled", False)),
    ("parameter-encrypted", having("ssm.Parameter", {"type": "String"})),
    ("parameter-encrypted", having("ssm.Parameter", {"type": "SecureString", "value": "in the state file"})),
    (
        "function-trust",
        document(
            "iam.Role",
            "assumeRolePolicy",
            lambda one: one.update(Principal={"Service": "edgelambda.amazonaws.com"}),
            name="router",
        ),
    ),
    (
        "function-grants",
        document(POLICY, "policy", lambda one: one.update(Action=["dynamodb:GetItem"]), name="validator"),
    ),
    (
        "function-grants",
        document(
            POLICY, "policy", lambda one: one.update(Action=["dynamodb:PutItem", "dynamodb:Scan"]), name="validator"
        ),
    ),
    (
        "function-grants",
        document(
            POLICY,
            "policy",
            lambda one: one.update(Resource="arn:aws:dynamodb:eu-west-1:123456789012:table/another"),
            name="recoverer",
        ),
    ),
    ("function-grants", without(POLICY, name="hookline-router")),
    ("schedule-grants", without("scheduler.Schedule")),
    ("schedule-grants", put("scheduler.Schedule", "scheduleExpression", "rate(1 hour)")),
    ("schedule-grants", put("scheduler.Schedule", "state", "DISABLED")),
    ("failure-grant", without(POLICY, name="hookline-router")),
    ("function-handlers", put(FUNCTION, "handler", "hookline.router.handler", name="router")),
    ("function-handlers", put(FUNCTION, "handler", names.HANDLERS["validator"], name="router")),
    ("function-handlers", without(FUNCTION, name="recoverer")),
    ("function-layer", put(FUNCTION, "layers", [])),
    ("function-layer", put("lambda.LayerVersion", "compatibleRuntimes", ["python3.12"])),
    ("function-layer", put("lambda.LayerVersion", "compatibleArchitectures", ["x86_64"])),
    *(
        ("function-variables", put(FUNCTION, f"environment.variables.{variable}", None, name=kind))
        for kind, variables in VARIABLES.items()
        for variable in variables
    ),
    ("function-variables", put(FUNCTION, f"environment.variables.{names.VAR_TABLE}", "another-table")),
    (
        "function-variables",
        put(FUNCTION, f"environment.variables.{names.VAR_ROUTER}", "webhook-validator-dev", name="recoverer"),
    ),
    ("function-variables", put(FUNCTION, f"environment.variables.{names.VAR_ENVIRONMENT}", "prod")),
    (
        "function-variables",
        put(FUNCTION, f"environment.variables.{names.VAR_QUEUE_URL_PREFIX}", "https://sqs/other/", name="router"),
    ),
    ("model-name", put("apigateway.Method", "requestModels", None)),
    ("gateway-permission", without(PERMISSION)),
    (
        "gateway-permission",
        put(PERMISSION, "sourceArn", "arn:aws:execute-api:eu-west-1:123456789012:api/prod/POST/hook"),
    ),
    ("gateway-permission", put(PERMISSION, "function", "event-router-dev")),
    ("gateway-permission", put(PERMISSION, "principal", "apigw.amazonaws.com")),
    ("gateway-integration", without("apigateway.Integration")),
    ("gateway-integration", put("apigateway.Integration", "type", "AWS")),
    ("gateway-integration", put("apigateway.Integration", "uri", "arn:aws:apigateway:eu-west-1:lambda:path/other")),
    ("gateway-integration", put("apigateway.Integration", "timeoutMilliseconds", 3000)),
    ("deployment-complete", put("apigateway.Deployment", "triggers", None)),
    ("deployment-complete", put("apigateway.Deployment", "triggers.content", "2026-11-25T01:00:00Z")),
    ("deployment-complete", registered("apigateway.Deployment", depends_on=())),
    ("model-name", put("apigateway.Model", "name", "WebhookModel-dev")),
    ("model-name", put("apigateway.Model", "name", "WebhookModel")),
    ("model-name", put("apigateway.Model", "schema", "not json")),
    ("model-name", without("apigateway.Model")),
    ("table-expiry", put(TABLE, "ttl.enabled", False)),
    ("table-expiry", put(TABLE, "ttl.attributeName", "ttl")),
    ("table-outbox", put(TABLE, "globalSecondaryIndexes", [])),
    ("table-outbox", put(TABLE, "globalSecondaryIndexes.0.projectionType", "ALL")),
    ("table-outbox", put(TABLE, "rangeKey", "since")),
    (
        "no-mapping-between-functions",
        having(
            "lambda.EventSourceMapping", {"eventSourceArn": "arn:aws:lambda:eu-west-1:123456789012:function:validator"}
        ),
    ),
    (
        "mapping-visibility",
        having(
            "lambda.EventSourceMapping",
            {
                "eventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:refunds-queue-dev",
                "functionName": "event-router-dev",
            },
        ),
    ),
]

# Resources that a stack of hookline's has not, so that the waiver is shown on one of a program around it.
FOREIGN = {
    "mapping-failure-destination": having("lambda.EventSourceMapping", {"eventSourceArn": "arn:aws:sqs:a:b:c"}),
    "secret-rotation": having("secretsmanager.Secret", {"name": "signing"}),
}


@pytest.fixture(name="whole", scope="module")
def with_every_option() -> Graph:
    """The program with every option on: all rules are judged."""
    return graph(EVERY_OPTION)


@pytest.mark.parametrize("options", [(), tuple(Option)], ids=["as it comes", "with every option"])
def test_the_unchanged_program_meets_every_control(options: tuple[Option, ...]) -> None:
    """What a security review would find is found here, before anything is deployed."""
    judged = graph(EVERY_OPTION if options else {})

    findings = judge(judged, options=options)

    assert list(map(str, findings)) == []


def test_secrets_of_every_place_can_be_read_without_wildcards(tmp_path: Path) -> None:
    """Secrets Manager ends ARNs in six characters of its own, which is as near as a name can come."""
    places = '"TRANSACTIONS_SECRET", "ssm:/shared/signing", "secretsmanager:payments/signing"'
    written = project(tmp_path, 'secrets = ["TRANSACTIONS_SECRET"]', f"secrets = [{places}]")

    found = judge(graph({}, project=written))

    assert list(map(str, found)) == []


@pytest.mark.parametrize(("rule", "change"), FAULTS, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(FAULTS)])
def test_a_fault_is_found_and_named(rule: str, change: Change, whole: Graph) -> None:
    """A rule that cannot fail guards nothing; a finding without a resource and a fix helps nobody."""
    faulty = change(whole)

    findings = [finding for finding in judge(faulty, options=tuple(Option)) if finding.rule == rule]

    assert findings
    assert all(finding.fix and finding.resource.name in str(finding) for finding in findings)


def test_every_rule_has_a_fault_that_it_finds() -> None:
    """A new rule comes with what breaks it."""
    assert {rule for rule, _ in FAULTS} == MUST.keys()


@pytest.mark.parametrize("option", list(Option))
def test_a_rule_of_an_option_is_not_judged_without_it(option: Option) -> None:
    """A stack that did not ask for its own key is not told that it has none."""
    plain = graph({})

    asked = {finding.rule for finding in judge(plain, options=(option,))}

    assert asked
    assert asked <= {rule.name for rule in RULES if rule.option is option}


@pytest.mark.parametrize("waiver", WAIVERS, ids=lambda waiver: f"{waiver.rule} {waiver.resource}")
def test_a_waiver_lifts_something(waiver: Waiver, whole: Graph) -> None:
    """One that lifts nothing any more would hide the next fault of its kind."""
    judged = FOREIGN[waiver.rule](whole) if waiver.rule in FOREIGN else whole

    lifted = [finding for finding in judge(judged, options=tuple(Option), waive=False) if waiver.lifts(finding)]

    assert lifted
    assert len(waiver.reason) > 40


def test_every_waived_rule_has_its_waiver_and_nothing_else_is_waived_wholly() -> None:
    """All that is not met stands in one file, with its reason; a rule that is met is waived for named resources at most."""
    wholly = {waiver.rule for waiver in WAIVERS if waiver.resource == "*" and not waiver.says}

    assert wholly == {rule.name for rule in WAIVED_RULES}
    assert {waiver.rule for waiver in WAIVERS} - wholly <= MUST.keys()


def test_rules_have_names_of_their_own_and_say_what_they_demand() -> None:
    """Findings, waivers and the policy pack's configuration call a rule by its name."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name) and rule.demands for rule in RULES)


def test_the_reference_is_the_table_of_rules() -> None:
    """`docs/reference/controls.md` is what a reviewer reads; it cannot promise what is not judged."""
    assert PAGE.read_text() == controls_table()


def test_needs_name_every_function() -> None:
    """A function without an entry would be let off the check of its rights."""
    assert NEEDS.keys() == names.HANDLERS.keys() == VARIABLES.keys()


MET_ELSEWHERE_AS = """
AwsSolutions-APIG1 CKV_AWS_76 APIGWAccessLogging APIGWStructuredLogging AwsSolutions-APIG2 CKV2_AWS_53 AwsSolutions-APIG3 APIGateway.4
CKV2_AWS_29 CKV2_AWS_77 AwsSolutions-APIG6 APIGateway.1 CKV2_AWS_4 CKV_AWS_276 APIGateway.3 CKV_AWS_73 APIGWXrayEnabled
APIGWDefaultThrottling APIGateway.5 CKV_AWS_308 CKV_AWS_237 CKV_AWS_217 CKV_AWS_206
AwsSolutions-L1 LambdaLatestVersion Lambda.2 CKV_AWS_363 Lambda.1 CKV_AWS_301 CKV_AWS_364 W3663 CKV_AWS_258 LambdaFunctionUrlAuth CKV_AWS_50
LambdaTracing Lambda.7 CKV_AWS_115 LambdaConcurrency LambdaAsyncFailureDestination LambdaDefaultMemorySize LambdaDefaultTimeout
LambdaEventSourceSQSVisibilityTimeout E3505 LambdaStarPermissions AwsSolutions-IAM5 LambdaLogging E3696 CKV_AWS_45 E3697 CKV_AWS_173
DynamoDB.1 DynamoDB.2 AwsSolutions-DDB3 CKV_AWS_28 DynamoDB.6 CKV_AWS_119
SQS.1 AwsSolutions-SQS2 CKV_AWS_27 CKV2_AWS_73 AwsSolutions-SQS3 SQSRedrivePolicy AwsSolutions-SQS4 SQS.3 CKV_AWS_168 CKV_AWS_72 CKV_AWS_387
SNS.1 CKV_AWS_26 AwsSolutions-SNS3 SNS.4 CKV_AWS_169 CKV_AWS_385
CloudWatchLogGroupRetention CKV_AWS_66 CKV_AWS_158 CloudWatchLogGroupEncrypted CKV_AWS_319 CloudWatch.15 CloudWatch.17
AwsSolutions-IAM4 CKV_AWS_62 CKV_AWS_63 CKV_AWS_286 CKV_AWS_287 CKV_AWS_288 CKV_AWS_289 CKV_AWS_290 CKV_AWS_355 IAM.1 IAM.21 CKV_AWS_60
CKV_AWS_61 S3.1 S3.2 S3.3 S3.5 S3.8 S3.12 S3.13 AwsSolutions-S2 AwsSolutions-S10 CKV_AWS_19 CKV_AWS_20 CKV_AWS_21 CKV_AWS_53 CKV_AWS_54
CKV_AWS_55 CKV_AWS_56 CKV_AWS_57 CKV_AWS_145 CKV_AWS_300 CKV2_AWS_6 CKV2_AWS_61 CKV2_AWS_65 CKV_AWS_7 AwsSolutions-KMS5 CKV_AWS_33
CKV2_AWS_64 CKV_AWS_337 CKV2_AWS_34
"""
"""What a review by these rule sets would judge of a stack like this one, and must not find."""

WAIVED_ELSEWHERE_AS = """
AwsSolutions-APIG4 CKV_AWS_59 CKV2_AWS_70 APIGateway.2 CKV2_AWS_51 CKV_AWS_120 CKV_AWS_225 CKV_AWS_116 LambdaDLQ
LambdaEventSourceMappingDestination CKV_AWS_117 LambdaInsideVPC Lambda.5 CKV_AWS_272 DynamoDBInBackupPlan DynamoDB.4 SNS.2 SNSRedrivePolicy
CKV_AWS_338 CloudWatch.16 S3.9 AwsSolutions-S1 CKV_AWS_18 CKV_AWS_144 CKV2_AWS_62 AwsSolutions-SMG4 CKV2_AWS_57 CKV_AWS_304
SecretsManager.1 SecretsManager.4
"""
"""What it would find, with a reason at hand."""


@pytest.mark.parametrize(
    ("rules", "ids"),
    [(list(MUST.values()), MET_ELSEWHERE_AS), (list(WAIVED_RULES), WAIVED_ELSEWHERE_AS)],
    ids=["met", "waived"],
)
def test_every_rule_of_a_vendor_that_applies_is_met_or_waived(rules: list[Rule], ids: str) -> None:
    """The two lists were read from the vendors' own: whoever takes a rule out here must take its id out there."""
    named = {id_ for rule in rules for source in rule.sources for id_ in re.findall(r"[\w.-]*\w", source)}

    assert set(ids.split()) <= named
    assert named - set(ids.split()) <= {"serverless", "FSBP", "cfn-lint", "Security", "Hub", "W2531", "E2531", "E2533"}
