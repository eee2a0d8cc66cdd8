"""The unchanged program meets every control, each control can be broken, and what is suppressed is suppressed for a reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.aws import names
from hookline.infra.policy import RULES, judge
from hookline.infra.policy.connections import VARIABLES
from hookline.infra.policy.grants import NEEDS
from hookline.infra.policy.rule import Option
from hookline.infra.policy.unmet_rules import UNMET_RULES
from infra.changing import EVERY_OPTION, document, having, put, registered, without
from infra.controls_page import PAGE, controls_table
from infra.graph import graph
from infra.projects import project

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.infra.policy.graph import Graph
    from infra.changing import Change

MUST = {rule.name: rule for rule in RULES if rule not in UNMET_RULES}

FUNCTION, STAGE, TABLE, QUEUE, TOPIC = "lambda.Function", "apigateway.Stage", "dynamodb.Table", "sqs.Queue", "sns.Topic"
METHOD_SETTINGS, POLICY, PERMISSION = "apigateway.MethodSettings", "iam.RolePolicy", "lambda.Permission"
PUBLIC = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}}'

FAULTS: list[tuple[str, Change]] = [
    ("stage-structured-logs", put(STAGE, "accessLogSettings.format", "$context.requestId")),
    ("stage-structured-logs", put(STAGE, "accessLogSettings.format", '"$context.requestId"')),
    ("method-request-validation", put("apigateway.Method", "requestValidatorId", None)),
    ("method-request-validation", put("apigateway.RequestValidator", "validateRequestBody", False)),
    ("method-request-validation", put("apigateway.Method", "requestModels.$default", None)),
    ("stage-execution-logs", put(METHOD_SETTINGS, "settings.loggingLevel", "OFF")),
    ("stage-execution-logs", without(METHOD_SETTINGS)),
    ("stage-throttling", put(METHOD_SETTINGS, "settings.throttlingRateLimit", None)),
    ("stage-throttling", put(METHOD_SETTINGS, "settings.throttlingBurstLimit", -1)),
    ("gateway-replaced-in-place", registered("apigateway.Deployment", delete_before_replace=True)),
    ("stage-firewall", without("wafv2.WebAclAssociation")),
    ("stage-firewall", put("wafv2.WebAcl", "rules", [])),
    ("permission-scoped", put(PERMISSION, "sourceAccount", None)),
    ("permission-scoped", put(PERMISSION, "sourceArn", None)),
    ("permission-scoped", put(PERMISSION, "sourceArn", "arn:aws:execute-api:eu-west-1:123456789012:api/*/*/*")),
    ("permission-scoped", put(PERMISSION, "sourceArn", "arn:aws:execute-api:eu-west-1:123456789012:api/prod/POST/*")),
    ("function-tracing", put(FUNCTION, "tracingConfig.mode", "PassThrough")),
    ("function-limits", put(FUNCTION, "memorySize", None)),
    ("function-limits", put(FUNCTION, "timeout", None)),
    ("router-failure-destination", put("lambda.FunctionEventInvokeConfig", "destinationConfig", None, name="router")),
    (
        "router-failure-destination",
        put("lambda.FunctionEventInvokeConfig", "maximumEventAgeInSeconds", None, name="router"),
    ),
    ("function-log-config", put(FUNCTION, "loggingConfig.logFormat", "Text")),
    ("function-log-config", put(FUNCTION, "loggingConfig.logGroup", None)),
    ("function-no-secrets", put(FUNCTION, "environment.variables.SIGNING_SECRET", "hunter2")),
    ("function-no-secrets", put(FUNCTION, "environment.variables.HARMLESS", "whsec_MfKQ9r8GKYqrTwjU")),
    ("table-protected", put(TABLE, "deletionProtectionEnabled", False)),
    ("table-protected", registered(TABLE, protect=False)),
    ("bucket-protected", registered("s3.Bucket", protect=False)),
    ("bucket-protected", put("s3.Bucket", "forceDestroy", True)),
    ("rejected-bounded", put(TABLE, "onDemandThroughput", None, name="rejected")),
    ("rejected-bounded", put(TABLE, "onDemandThroughput.maxWriteRequestUnits", 40_000, name="rejected")),
    ("rejected-bounded", put(TABLE, "localSecondaryIndexes.0.projectionType", "ALL", name="rejected")),
    ("rejected-bounded", put(TABLE, "rangeKey", "other", name="rejected")),
    ("table-encrypted", put(TABLE, "serverSideEncryption", None)),
    ("bucket-lifecycle", put("s3.BucketLifecycleConfiguration", "rules.1.abortIncompleteMultipartUpload", None)),
    ("bucket-lifecycle", put("s3.BucketLifecycleConfiguration", "rules.1.status", "Disabled")),
    ("bucket-tls", without("s3.BucketPolicy")),
    (
        "bucket-tls",
        document(
            "s3.BucketPolicy", "policy", lambda one: one.update(Condition={"Bool": {"aws:SecureTransport": "true"}})
        ),
    ),
    ("queue-customer-key", put(QUEUE, "kmsMasterKeyId", None)),
    ("queue-dead-letters", put(QUEUE, "redrivePolicy", None, name="payments-queue")),
    ("queue-dead-letters", without("sqs.RedriveAllowPolicy")),
    ("queue-dead-letters", put("sqs.RedriveAllowPolicy", "redriveAllowPolicy", "not JSON")),
    ("queue-dead-letters", put("sqs.RedriveAllowPolicy", "redriveAllowPolicy", '{"redrivePermission": "allowAll"}')),
    ("queue-fifo", put(QUEUE, "fifoQueue", True, name="payments-queue")),
    ("queue-fifo", put(QUEUE, "fifoQueue", True, name="payments-dlq")),
    ("queue-tls", without("sqs.QueuePolicy", name="payments-dlq")),
    ("queue-tls", document("sqs.QueuePolicy", "policy", lambda one: one.update(Principal={"AWS": "123456789012"}))),
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
    ("role-trust", put("iam.Role", "assumeRolePolicy", "not a document")),
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
    ("function-grants", put(FUNCTION, "role", "arn:aws:iam::123456789012:role/another")),
    ("schedule-grants", without("scheduler.Schedule")),
    (
        "schedule-grants",
        document(POLICY, "policy", lambda one: one.update(Resource="arn:aws:lambda:a:b:function:c"), name="schedule"),
    ),
    ("schedule-grants", put("scheduler.Schedule", "scheduleExpression", "rate(1 hour)")),
    ("schedule-grants", put("scheduler.Schedule", "state", "DISABLED")),
    ("schedule-grants", put("scheduler.Schedule", "state", "DISABLED", name="canary-schedule")),
    ("schedule-grants", put("scheduler.Schedule", "scheduleExpression", "rate(1 day)", name="canary-schedule")),
    ("schedule-grants", without("scheduler.Schedule", name="canary-schedule")),
    (
        "function-grants",
        document(POLICY, "policy", lambda one: one.update(Resource="arn:aws:sqs:a:b:payments"), name="hookline-canary"),
    ),
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
    ("function-metrics-logged", put(FUNCTION, "loggingConfig.applicationLogLevel", "WARN")),
    ("gateway-permission", without(PERMISSION)),
    (
        "gateway-permission",
        put(PERMISSION, "sourceArn", "arn:aws:execute-api:eu-west-1:123456789012:api/prod/POST/hook"),
    ),
    (
        "gateway-permission",
        put(PERMISSION, "sourceArn", "arn:aws:execute-api:eu-west-1:123456789012:api/prod/POST/other/*"),
    ),
    ("gateway-permission", put(PERMISSION, "function", "event-router-dev")),
    ("gateway-permission", put(PERMISSION, "principal", "apigw.amazonaws.com")),
    ("gateway-permission", put(PERMISSION, "action", "lambda:*")),
    ("gateway-integration", without("apigateway.Integration")),
    ("gateway-integration", put("apigateway.Integration", "type", "AWS")),
    ("gateway-integration", put("apigateway.Integration", "uri", "arn:aws:apigateway:eu-west-1:lambda:path/other")),
    ("gateway-integration", put("apigateway.Integration", "timeoutMilliseconds", 3000)),
    ("snap-start-live", put(FUNCTION, "publish", None, name="validator")),
    ("snap-start-live", without("lambda.Alias")),
    ("snap-start-live", put("lambda.Alias", "functionVersion", "$LATEST")),
    ("snap-start-live", put(PERMISSION, "qualifier", None)),
    ("snap-start-live", put(PERMISSION, "qualifier", "other")),
    ("snap-start-unsupported", put(FUNCTION, "runtime", "python3.11", name="validator")),
    ("snap-start-unsupported", put(FUNCTION, "fileSystemConfig", {"arn": "arn:aws:efs"}, name="validator")),
    ("snap-start-unsupported", put(FUNCTION, "ephemeralStorage.size", 1024, name="validator")),
    (
        "snap-start-unsupported",
        having("lambda.ProvisionedConcurrencyConfig", {"functionName": "webhook-validator-dev", "qualifier": "live"}),
    ),
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
    ("table-arrivals", put(TABLE, "globalSecondaryIndexes.1.name", "other")),
    ("table-arrivals", put(TABLE, "globalSecondaryIndexes.1.projectionType", "ALL")),
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


@pytest.fixture(name="whole", scope="module")
def with_every_option(with_canary: Path) -> Graph:
    """The program with every option on, for a project with a canary: all rules are judged, on every function."""
    return graph(EVERY_OPTION, project=with_canary)


@pytest.fixture(scope="module")
def with_canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with a canary."""
    return project(tmp_path_factory.mktemp("canary"), "[queues.payments]", "[canary]\n\n[queues.payments]")


@pytest.mark.parametrize("options", [(), tuple(Option)], ids=["as it comes", "with every option"])
@pytest.mark.parametrize("has_canary", [False, True], ids=["", "with a canary"])
def test_the_unchanged_program_meets_every_control(
    options: tuple[Option, ...], with_canary: Path, *, has_canary: bool
) -> None:
    """The test finds what a security review would find, before anything is deployed."""
    judged = graph(EVERY_OPTION if options else {}, project=with_canary if has_canary else None)

    findings = judge(judged, options=options)

    assert list(map(str, findings)) == []


def test_secrets_of_every_place_can_be_read_without_wildcards(tmp_path: Path) -> None:
    """Secrets Manager appends six characters of its own to an ARN: a policy cannot name a secret more exactly."""
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
    """A new rule needs a program that breaks it."""
    assert {rule for rule, _ in FAULTS} == MUST.keys()


@pytest.mark.parametrize("option", sorted({rule.option for rule in RULES if rule.option is not None}))
def test_a_rule_of_an_option_is_not_judged_without_it(option: Option) -> None:
    """A stack that did not ask for its own key gets no finding that it has none."""
    plain = graph({})

    asked = {finding.rule for finding in judge(plain, options=(option,))}

    assert asked
    assert asked <= {rule.name for rule in RULES if rule.option is option}


def test_rules_have_names_of_their_own_and_say_what_they_demand() -> None:
    """Findings, suppressions and the policy pack's configuration call a rule by its name."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name) and rule.demands for rule in RULES)


def test_the_reference_is_the_table_of_rules() -> None:
    """A reviewer reads `docs/reference/controls.md`; it must not promise what is not checked."""
    assert PAGE.read_text() == controls_table()


def test_needs_name_every_function() -> None:
    """A function without an entry would not be checked."""
    assert NEEDS.keys() == names.HANDLERS.keys() == VARIABLES.keys()
