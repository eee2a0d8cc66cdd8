"""Handshakes at the edge: the methods that some senders need, on their paths and on no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hookline.config import load
from hookline.infra.permissions import gateway_statement
from hookline.infra.policy import judge
from hookline.infra.request_models import model_schema
from hookline.infra.service_limits import complaints
from hookline.infra.settings import Settings
from infra.changing import put, without
from infra.graph import ACCOUNT, REGION, graph, stack
from infra.projects import project

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.errors import Complaint

SOURCES = """
[sources.meta]
verify = { scheme = "meta", secrets = ["META_SECRET"], verify_token = "META_TOKEN" }
rate_limit = "50/s"

[sources.trello]
verify = { scheme = "trello", secrets = ["TRELLO_SECRET"] }
public_url = "https://hooks.example.com/webhook/trello"

[sources.slack]
verify = { scheme = "slack", secrets = ["SLACK_SECRET"] }
media_types = ["application/json"]
schema = "other.schema.json"

[queues.payments]
"""
POST_ONLY = SOURCES.replace(', verify_token = "META_TOKEN"', "")


def _project(folder: Path, sources: str = SOURCES) -> Path:
    return project(folder, "[queues.payments]\n", sources.lstrip())


def _methods(folder: Path) -> dict[str, str]:
    return {found.name: found.text("httpMethod") for found in stack(project=_project(folder)).of("apigateway.Method")}


def test_only_senders_that_shake_hands_by_a_method_have_it(tmp_path: Path) -> None:
    """Every method is one more entrance: Meta has GET, Trello HEAD, and all others only POST."""
    assert _methods(tmp_path) == {
        "hookline-api/webhook": "POST",
        "hookline-api/webhook/meta": "POST",
        "hookline-api/webhook/meta GET": "GET",
        "hookline-api/webhook/slack": "POST",
        "hookline-api/webhook/trello": "POST",
        "hookline-api/webhook/trello HEAD": "HEAD",
    }


def test_methods_that_a_source_writes_itself_are_declared_only_on_its_path(tmp_path: Path) -> None:
    """A handshake of hookline.toml may use OPTIONS; the gateway may call the validator for it on this path only."""
    own = SOURCES.replace(
        "[queues.payments]",
        '[sources.own]\nverify = { scheme = "none" }\nid = "id"\n'
        'handshake = [{ kind = "cloudevents", origins = ["a.example"] }, { method = "HEAD" }]\n\n[queues.payments]',
    )
    made = stack(project=_project(tmp_path, own))

    found = {one.name: one.text("httpMethod") for one in made.of("apigateway.Method")}
    allowed = {one.text("sourceArn").partition("/prod/")[2] for one in made.of("lambda.Permission")}
    answered = {one.text("type") for one in made.of("apigateway.Integration")}

    assert {name: verb for name, verb in found.items() if "own" in name} == {
        "hookline-api/webhook/own": "POST",
        "hookline-api/webhook/own HEAD": "HEAD",
        "hookline-api/webhook/own OPTIONS": "OPTIONS",
    }
    assert {one for one in allowed if one.startswith("OPTIONS")} == {"OPTIONS/webhook/own"}
    assert answered == {"AWS_PROXY"}
    assert list(map(str, judge(graph({}, project=_project(tmp_path, own))))) == []


def test_without_its_token_a_source_has_no_such_method(tmp_path: Path) -> None:
    """A call that hookline would not answer is refused."""
    made = stack(project=_project(tmp_path, POST_ONLY))

    assert "GET" not in {found.text("httpMethod") for found in made.of("apigateway.Method")}


def test_the_gateway_may_call_only_for_each_method_of_each_path(tmp_path: Path) -> None:
    """A permission with a wildcard would let any method of the API in."""
    made = stack(project=_project(tmp_path))

    allowed = sorted(found.text("sourceArn").partition("/prod/")[2] for found in made.of("lambda.Permission"))
    ids = {found.text("statementId") for found in made.of("lambda.Permission")}

    assert allowed == [
        "GET/webhook/meta", "HEAD/webhook/trello", "POST/webhook", "POST/webhook/meta", "POST/webhook/slack", "POST/webhook/trello",
    ]  # fmt: skip
    assert len(ids) == len(allowed)
    assert {found.text("sourceAccount") for found in made.of("lambda.Permission")} == {ACCOUNT}


def test_the_permission_of_post_keeps_its_name() -> None:
    """Another name would be another statement: a source that is given a handshake must not lose its events meanwhile."""
    assert gateway_statement("/webhook") == gateway_statement("/webhook", "POST")
    assert gateway_statement("/webhook") != gateway_statement("/webhook", "GET")


def test_each_method_is_answered_by_the_validator(tmp_path: Path) -> None:
    """The same code path as for events: the proxy integration is invoked by POST, whatever the sender's method."""
    made = stack(project=_project(tmp_path)).of("apigateway.Integration")

    found = {one.text("httpMethod"): (one.text("type"), one.text("integrationHttpMethod")) for one in made}

    assert found == dict.fromkeys(("GET", "HEAD", "POST"), ("AWS_PROXY", "POST"))
    assert len({one.text("uri") for one in made}) == 1


def test_no_model_blocks_a_handshake(tmp_path: Path) -> None:
    """Slack's challenge has no member that the events' schema requires; hookline itself checks events with it."""
    made = stack(project=_project(tmp_path))

    slack = next(one for one in load(_project(tmp_path)).sources if one.name == "slack")

    assert slack.schema is not None
    assert model_schema(slack) is None
    models = {one.name: one.mapping("requestModels") for one in made.of("apigateway.Method")}
    assert models["hookline-api/webhook/slack"] == {}
    assert models["hookline-api/webhook/meta GET"] == {}
    assert models["hookline-api/webhook"] != {}


def test_a_rate_holds_for_each_method(tmp_path: Path) -> None:
    """A flood of handshakes is also a flood."""
    made = stack(project=_project(tmp_path))

    rates = {
        one.text("methodPath"): one.at("settings", "throttlingRateLimit")
        for one in made.of("apigateway.MethodSettings")
    }

    assert rates["~1webhook~1meta/GET"] == rates["~1webhook~1meta/POST"] == 50


def test_a_handshake_that_comes_or_goes_is_deployed(tmp_path: Path) -> None:
    """API Gateway serves a snapshot: without another trigger the method would be there and answer nobody."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    with_token, without_token = stack(project=_project(one)), stack(project=_project(other, POST_ONLY))

    triggers = [made.one("apigateway.Deployment").at("triggers", "content") for made in (with_token, without_token)]

    assert triggers[0] != triggers[1]
    deployment = with_token.one("apigateway.Deployment")
    assert all(found.urn in deployment.depends_on for found in with_token.of("apigateway.Method"))


def test_the_token_is_read_like_every_secret(tmp_path: Path) -> None:
    """It may read no other secret of the account."""
    policy = stack(project=_project(tmp_path)).one("iam.RolePolicy", "webhook-validator-dev").text("policy")

    assert f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/hookline/dev/META_TOKEN" in policy


def test_a_stack_with_handshakes_meets_every_control(tmp_path: Path) -> None:
    """The rules know methods: none is a fault on its own."""
    found = judge(graph({}, project=_project(tmp_path)))

    assert list(map(str, found)) == []


def test_a_method_without_its_permission_is_a_fault(tmp_path: Path) -> None:
    """It would answer 500 to the one call that a sender makes before it gives up."""
    whole = graph({}, project=_project(tmp_path))

    for change in (
        without("lambda.Permission", name="meta GET"),
        put(
            "lambda.Permission",
            "sourceArn",
            "arn:aws:execute-api:eu-west-1:123456789012:x/prod/PUT/webhook/meta",
            name="meta GET",
        ),
    ):
        assert "gateway-permission" in {finding.rule for finding in judge(change(whole))}


def test_every_method_counts_against_what_a_function_s_policy_holds(tmp_path: Path) -> None:
    """Each is a statement where the paths have nothing in common; a deployment that ends halfway leaves senders without an answer."""
    sources = "".join(
        f'[sources.page-{number}]\npath = "/page-{number}/hook"\nverify = {{ scheme = "meta", secrets = ["S"], verify_token = "T" }}\n'
        for number in range(28)
    )

    def said(text: str) -> list[Complaint]:
        written = project(tmp_path, "[queues.payments]\n", f"{text}[queues.payments]\n")
        return [
            one
            for one in complaints(load(written), Settings(environment="dev", project=written))
            if one.where == "sources"
        ]

    assert said(sources)
    assert not said(sources.replace(', verify_token = "T"', ""))


ASANA = """
[sources.tasks]
verify = { scheme = "asana", secrets = ["TASKS_SECRET", "ssm:/shared/tasks"] }

[queues.payments]
"""


def _statements(folder: Path, sources: str) -> dict[str, dict[str, object]]:
    made = stack(project=_project(folder, sources))
    policy = json.loads(made.one("iam.RolePolicy", "webhook-validator-dev").text("policy"))
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_a_secret_that_arrives_may_be_written_once(tmp_path: Path) -> None:
    """The validator may add exactly the secrets that a sender brings, and change none that exists."""
    found = _statements(tmp_path, ASANA)

    parameter = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter"
    assert found["KeepArrivingSecrets"] == {
        "Sid": "KeepArrivingSecrets",
        "Effect": "Allow",
        "Action": ["ssm:PutParameter"],
        "Resource": [f"{parameter}/hookline/dev/TASKS_SECRET", f"{parameter}/shared/tasks"],
        "Condition": {"StringNotEquals": {"ssm:Overwrite": "true"}},
    }
    assert f"{parameter}/hookline/dev/armed/tasks" in str(found["ReadParameters"]["Resource"])


def test_where_no_sender_brings_a_secret_none_may_be_written(tmp_path: Path) -> None:
    """Least privilege: the right is there only for projects that need it."""
    found = _statements(tmp_path, SOURCES)

    assert "KeepArrivingSecrets" not in found
    assert "armed" not in json.dumps(found)


def test_a_stack_whose_senders_bring_secrets_meets_every_control(tmp_path: Path) -> None:
    """The rules know this right, on parameters by their names."""
    found = judge(graph({}, project=_project(tmp_path, ASANA)))

    assert list(map(str, found)) == []


def test_a_secret_that_arrives_cannot_lie_in_secrets_manager(tmp_path: Path) -> None:
    """The error comes before anything is created, and not with the first handshake."""
    written = _project(tmp_path, ASANA.replace("ssm:/shared/tasks", "secretsmanager:tasks"))

    found = complaints(load(written), Settings(environment="dev", project=written))

    assert [one.where for one in found] == ["sources.tasks.verify.secrets"]
