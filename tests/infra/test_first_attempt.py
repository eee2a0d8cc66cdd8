"""Fifteen faults that a first attempt at this system had, judged on what is declared: each test fails when its fault comes back."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.aws import names
from hookline.infra import endpoint, gateway_responses
from infra.graph import ACCOUNT, DEPLOY, REGION, declared, stack
from infra.projects import project
from processes import run_process

if TYPE_CHECKING:
    from pathlib import Path

    from infra.graph import Registered

ROOT = DEPLOY.parent
VALIDATOR, ROUTER, RECOVERER = "hookline-validator", "hookline-router", "hookline-recoverer"
FUNCTIONS = (VALIDATOR, ROUTER, RECOVERER)
SNAPSHOT = ("Resource", "Method", "Integration", "Model", "RequestValidator", "Response")


def statements(document: object) -> list[dict[str, object]]:
    """The statements of a policy document."""
    assert isinstance(document, str)
    found = json.loads(document)["Statement"]
    assert isinstance(found, list)
    return found


def policy(function: str) -> list[dict[str, object]]:
    """What a function's own role may do."""
    return statements(stack().one("iam.RolePolicy", function).at("policy"))


def grants(function: str, action: str) -> list[object]:
    """The resources on which a function may do ``action``."""
    found = [statement for statement in policy(function) if action in str(statement["Action"])]
    return [resource for statement in found for resource in list(statement["Resource"])]  # type: ignore[call-overload]  # a JSON list


def trigger(made: Registered) -> object:
    """The inputs whose change makes a new deployment."""
    return made.at("triggers", "content")


def test_no_queue_or_stream_is_between_the_functions() -> None:
    """A mapping cannot read from a function, so that a validator wired that way would never reach its router."""
    assert stack().of("lambda.EventSourceMapping") == []


def test_the_gateway_calls_only_the_validator() -> None:
    """The router understands the validator's own payload; what API Gateway wraps around a request is not that."""
    made = stack()

    called = {integration.text("uri") for integration in made.of("apigateway.Integration")}

    assert called == {made.one("lambda.Function", VALIDATOR).output("invokeArn")}
    assert {permission.text("function") for permission in made.of("lambda.Permission")} == {"webhook-validator-dev"}


@pytest.mark.parametrize("function", [VALIDATOR, RECOVERER])
def test_callers_of_the_router_know_its_name(function: str) -> None:
    """Without the name, an event that is stored would never be routed."""
    made = stack()

    variable = made.one("lambda.Function", function).at("environment", "variables", names.VAR_ROUTER)

    assert variable == made.one("lambda.Function", ROUTER).text("name")


@pytest.mark.parametrize("function", [VALIDATOR, RECOVERER])
def test_callers_of_the_router_may_call_it_and_no_more(function: str) -> None:
    """Without the right the router is never called; with a wider one, an intruder may run anything."""
    allowed = grants(function, "lambda:InvokeFunction")

    assert allowed == [f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:event-router-dev"]


@pytest.mark.parametrize(("environment", "model"), [("dev", "WebhookModelDev"), ("pr-12-eu", "WebhookModelPr12Eu")])
def test_the_model_is_named_after_the_environment_in_letters_and_digits(environment: str, model: str) -> None:
    """API Gateway refuses a hyphen in a model's name, and the name distinguishes environments."""
    made = stack({"environmentSuffix": environment}).one("apigateway.Model")

    assert made.text("name") == model
    assert re.fullmatch(r"[A-Za-z0-9]+", made.text("name"))


def test_equal_input_deploys_nothing_new() -> None:
    """A deployment that changes without a reason would make every `pulumi up` look as if something were being changed."""
    first, second = declared().one("apigateway.Deployment"), declared().one("apigateway.Deployment")

    assert trigger(first) == trigger(second)
    assert re.fullmatch(r"[0-9a-f]{64}", str(trigger(first)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('path = "/webhook"', 'path = "/webhooks"'),
        ('schema = "transaction.schema.json"', 'schema = "other.schema.json"'),
        ('schema = "transaction.schema.json"', 'media_types = ["application/json", "application/cbor"]'),
        ("[queues.refunds]", '[sources.other]\nverify = { scheme = "none" }\nid = "content-hash"\n[queues.refunds]'),
    ],
    ids=["path", "model", "media type", "another source"],
)
def test_a_change_of_the_project_is_deployed(tmp_path: Path, old: str, new: str) -> None:
    """API Gateway serves the old snapshot until there is another deployment."""
    before = stack().one("apigateway.Deployment")

    after = stack(project=project(tmp_path, old, new)).one("apigateway.Deployment")

    assert trigger(after) != trigger(before)


def test_another_environment_is_deployed_separately() -> None:
    """The integration names the environment's own function: it is part of what is served."""
    other = stack({"environmentSuffix": "other"}).one("apigateway.Deployment")

    assert trigger(other) != trigger(stack().one("apigateway.Deployment"))


def test_a_change_of_hookline_itself_is_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade may change what the gateway says or how long it waits; that must be served too."""
    before = trigger(stack().one("apigateway.Deployment"))
    monkeypatch.setattr(endpoint, "INTEGRATION_TIMEOUT_MILLISECONDS", 9_000)
    waits_less = trigger(declared().one("apigateway.Deployment"))
    monkeypatch.undo()
    monkeypatch.setattr(endpoint, "RESPONSES", gateway_responses.RESPONSES[:-1])
    says_less = trigger(declared().one("apigateway.Deployment"))

    assert len({before, waits_less, says_less}) == 3


def test_a_deployment_waits_for_every_part_of_the_api() -> None:
    """A snapshot that is taken too early lacks what is made after it, and API Gateway refuses a method without an integration."""
    made = stack()

    deployment = made.one("apigateway.Deployment")

    parts = {part.urn for kind in SNAPSHOT for part in made.of(f"apigateway.{kind}")}
    assert len(parts) > 15
    assert parts <= set(deployment.depends_on)
    assert not deployment.delete_before_replace


def test_the_gateway_may_call_the_validator_for_each_path_and_no_other(tmp_path: Path) -> None:
    """A permission on any stage, method and path lets anyone who can change the API call the function with anything."""
    two = project(
        tmp_path,
        "[queues.refunds]",
        '[sources.bank]\nverify = { scheme = "none" }\nid = "content-hash"\n[queues.refunds]',
    )

    permissions = stack(project=two).of("lambda.Permission")

    api = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:<RestApi hookline-api.id>"
    assert {made.text("sourceArn") for made in permissions} == {
        f"{api}/prod/POST/webhook",
        f"{api}/prod/POST/webhook/bank",
    }
    assert {made.text("sourceAccount") for made in permissions} == {ACCOUNT}
    assert len({made.text("statementId") for made in permissions}) == 2


def test_everything_that_keeps_data_says_that_it_is_encrypted() -> None:
    """A default may change, and nobody who reads the program would know."""
    made = stack()

    queues = made.of("sqs.Queue")

    assert len(queues) == 9
    assert all(queue.at("sqsManagedSseEnabled") is True for queue in queues)
    assert made.one("dynamodb.Table", "hookline-events").at("serverSideEncryption", "enabled") is True
    assert "AES256" in str(made.one("s3.BucketServerSideEncryptionConfiguration").at("rules"))


def test_nothing_is_sent_or_read_unencrypted() -> None:
    """A queue or a bucket that takes plain HTTP shows payments to an eavesdropper."""
    made = stack()
    arns = [queue.output("arn") for queue in made.of("sqs.Queue")] + [made.one("s3.Bucket").output("arn")]

    policies = [*made.of("sqs.QueuePolicy"), made.one("s3.BucketPolicy")]

    refused = [statement for closed in policies for statement in statements(closed.at("policy"))]
    assert all(statement["Effect"] == "Deny" and statement["Principal"] == "*" for statement in refused)
    assert all(statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for statement in refused)
    assert {resource for statement in refused for resource in list(statement["Resource"])} == {  # type: ignore[call-overload]  # a JSON list
        *arns,
        f"{arns[-1]}/*",
    }


def test_naive_times_are_refused_by_the_linter() -> None:
    """A time without a zone is wrong by hours somewhere, and compares with nothing."""
    naive = "import datetime\n\nNOW = datetime.datetime.utcnow()\nTHEN = datetime.datetime.fromtimestamp(0)\n"

    found = run_process(
        [sys.executable, "-m", "ruff", "check", "--quiet", "--stdin-filename", "src/hookline/naive.py", "-"],
        input=naive,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert {"DTZ003", "DTZ006"} <= set(re.findall(r"DTZ\d+", found.stdout))


def test_what_the_router_cannot_do_is_tried_again_and_then_kept() -> None:
    """An event must not vanish inside Lambda's own queue."""
    made = stack()
    failures = made.one("sqs.Queue", "event-router-failures-dev")

    asked = made.one("lambda.FunctionEventInvokeConfig", ROUTER)

    assert asked.at("maximumRetryAttempts") == 2
    assert asked.at("maximumEventAgeInSeconds") == 300
    assert asked.at("destinationConfig", "onFailure", "destination") == failures.output("arn")
    assert failures.output("arn") in grants(ROUTER, "sqs:SendMessage")
    assert any(made.one("iam.RolePolicy", "event-router-dev").urn == urn for urn in asked.depends_on)


def test_what_consumers_cannot_do_becomes_a_dead_letter() -> None:
    """A poisoned message would otherwise be received again and again, in front of the others."""
    made = stack()
    names_of = [
        queue.text("name").removesuffix("-queue-dev")
        for queue in made.of("sqs.Queue")
        if "-queue-" in queue.text("name")
    ]

    for name in names_of:
        live, dead = made.one("sqs.Queue", f"{name}-queue-dev"), made.one("sqs.Queue", f"{name}-dlq-dev")
        allowed = json.loads(made.one("sqs.RedriveAllowPolicy", f"hookline-{name}-dlq").text("redriveAllowPolicy"))
        assert json.loads(live.text("redrivePolicy"))["deadLetterTargetArn"] == dead.output("arn")
        assert allowed == {"redrivePermission": "byQueue", "sourceQueueArns": [live.output("arn")]}
        assert int(dead.number("messageRetentionSeconds") or 0) >= int(live.number("messageRetentionSeconds") or 0)

    assert names_of == ["disputes", "payments", "refunds", "unrouted"]
    assert json.loads(made.one("sqs.Queue", "payments-queue-dev").text("redrivePolicy"))["maxReceiveCount"] == 3


def test_delivered_events_expire_by_themselves() -> None:
    """A table without it grows without an end, with people's payments in it."""
    ttl = stack().one("dynamodb.Table", "hookline-events").mapping("ttl")

    assert ttl == {"attributeName": names.TTL_ATTRIBUTE, "enabled": True}


def test_the_functions_share_one_layer_for_what_they_run_on() -> None:
    """A package that was built for another processor or Python does not load."""
    made = stack({"architecture": "x86_64", "runtime": "python3.12"})

    layer = made.one("lambda.LayerVersion")

    assert layer.items("compatibleArchitectures") == ("x86_64",)
    assert layer.items("compatibleRuntimes") == ("python3.12",)
    for function in made.of("lambda.Function"):
        assert function.items("layers") == (layer.output("arn"),)
        assert (function.items("architectures"), function.text("runtime")) == (("x86_64",), "python3.12")


@pytest.mark.parametrize(("function", "seconds"), [(VALIDATOR, 30), (ROUTER, 60), (RECOVERER, 60)])
def test_each_function_has_time_for_its_work(function: str, seconds: int) -> None:
    """Lambda's default of 3 s ends a function before its own deadlines do."""
    assert stack().one("lambda.Function", function).at("timeout") == seconds


def test_the_gateway_waits_longer_than_the_validator_works() -> None:
    """The validator answers 503 after 8 s; a gateway that gave up before would leave the sender without a reason."""
    waits = stack().one("apigateway.Integration").number("timeoutMilliseconds")

    assert waits == 10_000


@pytest.mark.parametrize(("function", "megabytes"), [(VALIDATOR, 256), (ROUTER, 256), (RECOVERER, 1024)])
def test_each_function_has_memory_for_its_work(function: str, megabytes: int) -> None:
    """Memory is processor time too: 128 MB get a fourteenth of a processor, and a cold start takes seconds."""
    assert stack().one("lambda.Function", function).at("memorySize") == megabytes


def test_memory_and_time_are_the_operators_to_set() -> None:
    """The defaults are guesses about the load of another project."""
    made = stack({"validatorMemory": "1024", "routerTimeout": "120", "validatorConcurrency": "50"})

    validator, router = made.one("lambda.Function", VALIDATOR), made.one("lambda.Function", ROUTER)

    assert (validator.at("memorySize"), router.at("timeout")) == (1024, 120)
    assert validator.at("reservedConcurrentExecutions") == 50
    assert router.at("reservedConcurrentExecutions") is None
