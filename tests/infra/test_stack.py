"""The whole stack: names, outputs, tags, who makes what, and that it can be removed again."""

from __future__ import annotations

import json
import logging
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pulumi
import pytest

import hookline.infra
from hookline.config import load
from hookline.errors import OperatorError
from hookline.infra import PipelineArgs, Settings, WebhookPipeline, layer, service_limits
from hookline.infra.packaging import build
from hookline.runtimes.aws_lambda.settings import read_recoverer, read_router, read_validator
from infra.graph import ACCOUNT, REGION, declared, record, stack
from infra.projects import EXAMPLE, project
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hookline.infra.packaging import Archives

EVERYTHING = {"cmk": "true", "waf": "true", "protect": "true", "manageApiGatewayAccount": "true"}
KEEPERS = ("dynamodb.Table", "s3.Bucket", "sqs.Queue", "kms.Key")
INSIDE_ANOTHER = ("apigateway.RequestValidator", "iam.RolePolicy", "cloudwatch.MetricAlarm")
"""Named by what they are part of, or too many to measure one by one: an alarm's name may have 255 characters."""
SHARED_BY_THE_ACCOUNT = ("iam.Role", "s3.Bucket")


def with_another_warning(archives: Archives) -> Archives:
    """The archives with one more warning than there is today."""
    return replace(archives, warnings=(*archives.warnings, "another one"))


def test_the_outputs_are_what_operators_and_consumers_ask_for() -> None:
    """Scripts and other stacks read them by name."""
    outputs = stack().outputs

    queue = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}"
    assert outputs == {
        "api_endpoint": f"https://<api>.execute-api.{REGION}.amazonaws.com/prod/webhook",
        "validator_lambda_arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:webhook-validator-dev",
        "router_lambda_arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:event-router-dev",
        "payments_queue_url": f"{queue}/payments-queue-dev",
        "refunds_queue_url": f"{queue}/refunds-queue-dev",
        "disputes_queue_url": f"{queue}/disputes-queue-dev",
        "unrouted_queue_url": f"{queue}/unrouted-queue-dev",
        "dynamodb_table_name": "transaction-events-dev",
    }


def test_the_environment_is_called_like_the_stack_unless_the_configuration_names_it() -> None:
    """Two stacks in one account must not want the same names."""
    by_stack, by_key = stack(name="staging"), stack({"environmentSuffix": "blue"}, name="staging")

    assert by_stack.one("dynamodb.Table", "hookline-events").text("name") == "transaction-events-staging"
    assert by_key.one("dynamodb.Table", "hookline-events").text("name") == "transaction-events-blue"


@pytest.mark.parametrize("config", [{}, EVERYTHING], ids=["plain", "with everything"])
def test_everything_that_has_a_name_carries_the_environment(config: dict[str, str]) -> None:
    """Environments share accounts: two environments would want the same resource if its name lacks the suffix."""
    made = stack({**config, "environmentSuffix": "e2-x"})

    named = {(found.kind, found.text(key)) for found in made.resources for key in ("name", "bucket") if found.text(key)}

    inside_the_api = {("apigateway.RequestValidator", "body-and-parameters")}
    without = {(kind, name) for kind, name in named if not re.search(r"e2-x|E2X", name) and "<" not in name}
    assert without == inside_the_api


def test_names_that_an_account_shares_have_the_region_in_them() -> None:
    """One environment may be in two regions; their roles and buckets would have the same names."""
    made = stack(EVERYTHING)

    names = [found.text("name") or found.text("bucket") for kind in SHARED_BY_THE_ACCOUNT for found in made.of(kind)]

    assert len(names) == 6
    assert all(REGION in name for name in names)


@pytest.mark.parametrize("config", [{}, EVERYTHING], ids=["plain", "with everything"])
def test_every_name_is_measured_before_anything_is_created(config: dict[str, str]) -> None:
    """A name that is too long stops a deployment halfway; the checked name must be the created one."""
    made = stack(config)
    settings = Settings(environment="dev", region=REGION, project=EXAMPLE / "hookline.toml")
    measured = {name for _, name in service_limits.physical_names(load(settings.project), settings)}

    created = {found.text(key) for found in made.resources for key in ("name", "bucket", "layerName")}
    inside = {found.text("name") for kind in INSIDE_ANOTHER for found in made.of(kind)}
    tokens = {name for name in created if "<" in name}
    assert created - inside - tokens - {""} <= measured


@pytest.mark.parametrize(
    ("function", "read"),
    [
        ("hookline-validator", read_validator),
        ("hookline-router", read_router),
        ("hookline-recoverer", read_recoverer),
    ],
)
def test_each_function_gets_the_variables_that_it_reads(
    function: str, read: Callable[[dict[str, str]], object]
) -> None:
    """A missing variable shows only when the first event comes."""
    variables = stack().one("lambda.Function", function).mapping("environment", "variables")

    settings = read({key: str(text) for key, text in variables.items()})

    assert all(str(text) in repr(settings) for text in variables.values())


def test_no_secret_is_in_the_environment_or_the_state() -> None:
    """Somebody who may read a function's settings or the stack's state may not for that reason forge webhooks."""
    made = stack(EVERYTHING)

    secrets = [found for found in made.resources if found.kind in ("ssm.Parameter", "secretsmanager.SecretVersion")]
    named = [found.address for found in made.resources if "TRANSACTIONS_SECRET" in json.dumps(found.inputs)]

    assert secrets == []
    assert named == ["iam.RolePolicy hookline-validator"]


def test_the_validator_reads_only_the_named_secrets(tmp_path: Path) -> None:
    """One source's secret must not open the others' in the account."""
    name = '["NEW", "ssm:/shared/old", "secretsmanager:bank/hook"]'
    made = stack(project=project(tmp_path, '["TRANSACTIONS_SECRET"]', name))

    policy = json.loads(made.one("iam.RolePolicy", "webhook-validator-dev").text("policy"))

    by_sid = {statement["Sid"]: statement for statement in policy["Statement"]}
    assert by_sid["ReadParameters"]["Action"] == ["ssm:GetParameters"]
    assert by_sid["ReadParameters"]["Resource"] == [
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/hookline/dev/NEW",
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shared/old",
    ]
    assert by_sid["ReadSecrets"]["Resource"] == [f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:bank/hook-??????"]


@pytest.mark.parametrize("config", [{}, EVERYTHING], ids=["plain", "with everything"])
def test_every_resource_is_made_by_the_stacks_own_provider(config: dict[str, str]) -> None:
    """The provider brings region and tags; a resource without it would be somewhere else, untagged."""
    made = stack(config)

    (provider,) = made.of("providers.aws")

    others = {found.provider for found in made.resources if found.custom and found is not provider}
    assert {other.rpartition("::")[0] for other in others} == {provider.urn}
    assert provider.text("region") == REGION


def test_everything_is_tagged() -> None:
    """Bills and clean-ups use tags."""
    provider = stack({"tags": json.dumps({"team": "payments"})}).one("providers.aws")

    tags = json.loads(provider.text("defaultTags"))["tags"]

    assert tags == {"team": "payments", "hookline:environment": "dev", "managed-by": "hookline"}


def test_everything_is_under_the_component() -> None:
    """A part without a parent is forgotten when the component moves, and is shown nowhere."""
    made = stack(EVERYTHING)
    known = {found.urn for found in made.resources}

    orphans = [found.name for found in made.resources if found.parent not in known]

    assert sorted(orphans) == ["aws", "hookline"]


def test_a_stack_can_be_removed() -> None:
    """An environment for one pull request must be removed without manual work, whether its bucket is full or not."""
    made = stack()

    assert [found.address for found in made.resources if found.protect] == []
    assert made.one("s3.Bucket").at("forceDestroy") is True
    assert made.one("dynamodb.Table", "hookline-events").at("deletionProtectionEnabled") is False


def test_protection_holds_what_holds_events() -> None:
    """In production, a mistake must not delete acknowledged events."""
    made = stack(EVERYTHING)

    protected = {found.kind for found in made.resources if found.protect}

    assert protected == set(KEEPERS)
    assert all(found.protect for kind in KEEPERS for found in made.of(kind))
    assert made.one("s3.Bucket").at("forceDestroy") is False
    assert made.one("dynamodb.Table", "hookline-events").at("deletionProtectionEnabled") is True


def test_a_queue_that_leaves_a_protected_stack_stays_on_sqs() -> None:
    """Its messages were acknowledged: they must be there to be consumed after hookline.toml has forgotten their queue."""
    protected, other = stack(EVERYTHING), stack()

    kinds = ("sqs.Queue", "sqs.QueuePolicy", "sqs.RedriveAllowPolicy")
    assert all(found.retained for kind in kinds for found in protected.of(kind))
    assert {found.kind for found in protected.resources if found.retained} == set(kinds)
    assert [found.address for found in other.resources if found.retained] == []


def test_only_delivered_bodies_expire() -> None:
    """A body that waits for its queue for a year is still an acknowledged event's."""
    rules = stack().one("s3.BucketLifecycleConfiguration").items("rules")

    deleting = [rule for rule in rules if isinstance(rule, dict) and "days" in rule.get("expiration", {})]
    assert [(rule["filter"], rule["expiration"]) for rule in deleting] == [
        ({"tag": {"key": "hookline", "value": "delivered"}}, {"days": 61})
    ]


def test_bodies_of_a_source_that_keeps_events_for_less_expire_earlier(tmp_path: Path) -> None:
    """S3 deletes by the earlier of two rules, so that the rule for all bodies must be the latest of them."""
    written = project(tmp_path, 'id = "event_id"', 'id = "event_id"\nretention = "1d"')
    with written.open("a") as file:
        file.write('[sources.shop]\nverify = { scheme = "none" }\nid = "event_id"\nretention = "90d"\n')
        file.write('[sources.forms]\nverify = { scheme = "none" }\nid = "event_id"\n')

    rules = stack(project=written).one("s3.BucketLifecycleConfiguration").items("rules")

    tag = {"key": "hookline", "value": "delivered"}
    deleting = {rule["id"]: rule for rule in rules if isinstance(rule, dict) and "days" in rule.get("expiration", {})}
    assert {name: (rule["filter"], rule["expiration"]["days"]) for name, rule in deleting.items()} == {
        "delivered": ({"tag": tag}, 121),
        "delivered-transactions": ({"and": {"prefix": "transactions/", "tags": {"hookline": "delivered"}}}, 16),
        "delivered-forms": ({"and": {"prefix": "forms/", "tags": {"hookline": "delivered"}}}, 61),
    }


def test_a_body_is_there_for_as_long_as_its_message_may_be_on_a_fifo_queue(tmp_path: Path) -> None:
    """SQS starts a dead letter's age again on a FIFO queue: a message of two weeks that dies then stays for two weeks more."""
    written = project(tmp_path, 'id = "event_id"', 'id = "event_id"\nretention = "1d"')
    with written.open("a") as file:
        file.write('[queues.orders]\nretention = "14d"\nfifo = { group = "source" }\n')

    rules = stack(project=written).one("s3.BucketLifecycleConfiguration").items("rules")

    days = {
        rule["id"]: rule["expiration"].get("days") for rule in rules if isinstance(rule, dict) and "expiration" in rule
    }
    assert (days["delivered"], days["delivered-transactions"]) == (61, 29)


def test_the_stacks_own_key_is_used_everywhere() -> None:
    """One thing left on another key keeps its data readable after the key is withdrawn."""
    made = stack(EVERYTHING)
    key = made.one("kms.Key")

    arn = key.output("arn")

    used = [found.address for found in made.resources if arn in json.dumps(found.inputs)]
    kinds = {address.partition(" ")[0] for address in used}
    assert key.at("enableKeyRotation") is True
    assert kinds >= {
        "cloudwatch.LogGroup",
        "dynamodb.Table",
        "iam.RolePolicy",
        "lambda.Function",
        "s3.BucketServerSideEncryptionConfiguration",
        "sqs.Queue",
    }
    assert all(queue.at("sqsManagedSseEnabled") is None for queue in made.of("sqs.Queue"))
    assert all(group.text("kmsKeyId") == arn for group in made.of("cloudwatch.LogGroup"))


def test_the_stacks_own_key_lets_the_services_use_it_that_act_for_themselves() -> None:
    """The functions have rights of their own; a log group with a key that its region's logs may not use is refused when it is made."""
    statements = json.loads(stack(EVERYTHING).one("kms.Key").text("policy"))["Statement"]

    by_service = {one["Principal"]["Service"]: one for one in statements if "Service" in one["Principal"]}
    logs, alarms = by_service[f"logs.{REGION}.amazonaws.com"], by_service["cloudwatch.amazonaws.com"]
    assert by_service.keys() == {f"logs.{REGION}.amazonaws.com", "cloudwatch.amazonaws.com"}
    assert {"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"} <= {*logs["Action"]}
    assert logs["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"}
    }
    assert {*alarms["Action"]} == {"kms:Decrypt", "kms:GenerateDataKey*"}
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_each_log_is_made_before_its_function_and_forgets() -> None:
    """Lambda creates a missing log group on its own, and such a group never expires."""
    made = stack({"logRetentionDays": "90"})

    for function in made.of("lambda.Function"):
        (group,) = [log for log in made.of("cloudwatch.LogGroup") if log.name == function.name]
        assert function.at("loggingConfig", "logGroup") == group.text("name") == f"/aws/lambda/{function.text('name')}"
        assert group.urn in function.depends_on
    assert {group.at("retentionInDays") for group in made.of("cloudwatch.LogGroup")} == {90}


def test_the_recoverer_runs_every_minute_by_a_role_of_its_own() -> None:
    """It finishes an event whose routing was interrupted; nothing else does."""
    made = stack()
    schedule, function = made.one("scheduler.Schedule"), made.one("lambda.Function", "hookline-recoverer")

    role = next(found for found in made.of("iam.Role") if found.output("arn") == schedule.at("target", "roleArn"))
    policy = next(found for found in made.of("iam.RolePolicy") if found.at("role") == role.at("name"))

    assert (schedule.text("scheduleExpression"), schedule.text("state")) == ("rate(1 minute)", "")
    assert schedule.at("target", "arn") == function.output("arn")
    assert json.loads(role.text("assumeRolePolicy"))["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }
    ]
    assert [
        (statement["Action"], statement["Resource"]) for statement in json.loads(policy.text("policy"))["Statement"]
    ] == [(["lambda:InvokeFunction"], [function.output("arn")])]


def test_each_function_is_lambda_s_to_assume() -> None:
    """A role that another service may use is open to misuse; a function whose role Lambda may not use never starts."""
    made = stack()
    functions = made.of("lambda.Function")

    roles = [next(role for role in made.of("iam.Role") if role.output("arn") == one.text("role")) for one in functions]

    assert len({role.urn for role in roles}) == 3
    for role in roles:
        (statement,) = json.loads(role.text("assumeRolePolicy"))["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_a_source_s_own_rate_is_the_gateway_s_limit(tmp_path: Path) -> None:
    """`rate_limit` means the same in both homes; a slash in a method's path is written ~1, or the setting is for nothing."""
    written = project(tmp_path, 'path = "/webhook"', 'path = "/webhook/bank"\nrate_limit = "50/s"')

    made = stack({"throttleRate": "500", "throttleBurst": "900"}, project=written)

    limits_of = {
        found.text("methodPath"): (
            found.at("settings", "throttlingRateLimit"),
            found.at("settings", "throttlingBurstLimit"),
        )
        for found in made.of("apigateway.MethodSettings")
    }
    assert limits_of == {"*/*": (500, 900), "~1webhook~1bank/POST": (50, 50)}


@pytest.mark.parametrize("config", [{}, EVERYTHING], ids=["plain", "with everything"])
def test_a_preview_of_a_new_stack_shows_every_resource(config: dict[str, str]) -> None:
    """Before the first deployment no ARN is known; a program that needs one to decide what to declare shows half."""
    previewed, made = declared(config, preview=True), stack(config)

    shown = {(found.kind, found.name) for found in previewed.resources}

    assert shown == {(found.kind, found.name) for found in made.resources}


def test_two_pipelines_fit_one_program() -> None:
    """The component is for programs of others, who may have reasons for two."""

    def program() -> None:
        for environment in ("one", "two"):
            settings = Settings(
                environment=environment,
                project=EXAMPLE / "hookline.toml",
                layer_archive=EXAMPLE / "layer.zip",
                function_archive=EXAMPLE / "function.zip",
            )
            WebhookPipeline(environment, PipelineArgs(settings=settings))

    made = record(program)

    assert len(made.of("infra.WebhookPipeline")) == 2
    assert len({found.text("name") for found in made.of("lambda.Function")}) == 6


def test_the_components_can_be_named_without_pulumi() -> None:
    """Packaging and planning are for machines that have no Pulumi."""
    blocked = "import sys; sys.modules['pulumi'] = None; import hookline.infra, hookline.infra.packaging, hookline.infra.settings"

    done = run_process([sys.executable, "-c", blocked], capture_output=True, text=True)

    assert done.stderr == ""
    with pytest.raises(AttributeError, match="no attribute 'Webhook'"):
        _ = hookline.infra.Webhook


def test_a_failure_to_package_ends_the_program_before_anything_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a stack would be created otherwise, with no functions in it."""

    def fails(*_: object, **__: object) -> None:
        raise OperatorError("wheels_unreachable", "the index does not answer")

    monkeypatch.setattr(layer, "build", fails)
    args = PipelineArgs(settings=Settings(environment="dev", project=EXAMPLE / "hookline.toml"))

    def program() -> None:
        with pytest.raises(OperatorError, match="does not answer"):
            WebhookPipeline("one", args)

    assert record(program).resources == ()


def test_a_deployment_shows_every_warning_about_its_archives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A user of ``pulumi up`` never sees what ``hookline package`` prints."""
    monkeypatch.setattr(layer, "build", lambda *given, **named: with_another_warning(build(*given, **named)))
    settings = Settings(environment="dev", project=EXAMPLE / "hookline.toml")

    def program() -> None:
        layer.code(settings, out=tmp_path)

    record(program)

    shown = [entry.getMessage() for entry in caplog.records if entry.levelno == logging.WARNING]
    assert len(shown) == 2
    assert "no bytecode" in shown[0]
    assert shown[1] == "another one"


def test_a_deployment_compiles_with_the_release_that_the_stack_names(tmp_path: Path) -> None:
    """The archives are those that everybody else who deploys this stack builds."""
    settings = Settings(environment="dev", project=EXAMPLE / "hookline.toml", bytecode="3.13.999")

    def program() -> None:
        with pytest.raises(OperatorError, match=r"CPython 3\.13\.999, which is not on this machine"):
            layer.code(settings, out=tmp_path)

    record(program)


def test_what_is_wrong_ends_the_program_with_every_complaint(tmp_path: Path) -> None:
    """Nothing has been created then, and one run reports all that there is to fix."""
    written = project(tmp_path, 'id = "event_id"', 'id = "event_id"\nmax_body = "9mb"')
    settings = {"validatorMemori": "512", "throttleRate": "fast"}

    with pytest.raises(pulumi.RunError) as error:
        declared(settings, project=written)

    assert [line.partition(": ")[0] for line in str(error.value).splitlines()] == [
        "nothing was changed:",
        "hookline:validatorMemori",
        "hookline:throttleRate",
        "sources.transactions.max_body",
    ]
