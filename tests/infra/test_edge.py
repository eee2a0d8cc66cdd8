"""What the gateway checks and answers itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import load, parse
from hookline.error_codes import CODES
from hookline.infra.gateway_responses import RESPONSES
from hookline.infra.request_models import binary_media_types, model_schema
from infra.graph import stack
from infra.projects import EXAMPLE, project

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.domain.source import Source

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "payment"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "type"]), inner, max_size=3),
    max_leaves=5,
)
SCHEMAS = st.fixed_dictionaries(
    {"$defs": st.just({"any": True})},
    optional={
        "type": st.sampled_from(["object", "array", ["object", "null"], "string"]),
        "required": st.lists(st.sampled_from(["a", "b", "type"]), unique=True),
        "$ref": st.just("#/$defs/any"),
        "$schema": st.sampled_from(
            ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"]
        ),
        "properties": st.just({"type": {"enum": ["payment"]}}),
        "additionalProperties": st.booleans(),
    },
)


def one_source(folder: Path, schema: object, *lines: str) -> Source:
    """A source with this schema."""
    (folder / "s.json").write_text(json.dumps(schema))
    text = "\n".join(["[sources.one]", 'verify = { scheme = "none" }', 'id = "content-hash"', *lines, "[queues.q]", ""])
    return parse(text, base=folder).sources[0]


@settings(max_examples=examples(300))
@given(schema=SCHEMAS, document=ANYTHING)
def test_the_edge_is_never_stricter_than_the_schema(
    tmp_path_factory: pytest.TempPathFactory, schema: dict[str, object], document: object
) -> None:
    """A body that the source's own schema takes must not be refused by a copy of it that says less well why."""
    source = one_source(tmp_path_factory.getbasetemp(), schema, 'schema = "s.json"')
    taken = source.schema is not None and not source.schema.complaints(document)  # type: ignore[arg-type]  # any JSON

    model = model_schema(source)

    if model is not None:
        assert set(json.loads(model)) <= {"$schema", "title", "type", "required"}
        assert not taken or jsonschema_rs.is_valid(json.loads(model), document)


def test_the_edge_asks_for_what_the_example_requires() -> None:
    """A model that requires nothing catches nothing."""
    model = json.loads(stack().one("apigateway.Model").text("schema"))

    assert model == {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "transactions",
        "type": "object",
        "required": ["event_id", "transaction_type", "amount", "timestamp"],
    }


@pytest.mark.parametrize("amount", [12.5, "12.50", 0])
def test_the_edge_takes_an_amount_as_number_and_as_text(amount: object) -> None:
    """The gateway must not refuse what the validator takes."""
    model = json.loads(stack().one("apigateway.Model").text("schema"))
    document = {"event_id": "1", "transaction_type": "payment", "amount": amount, "timestamp": "2026-01-02T03:04:05Z"}

    assert jsonschema_rs.is_valid(model, document)
    for name in document:
        assert not jsonschema_rs.is_valid(model, {key: value for key, value in document.items() if key != name})


@pytest.mark.parametrize(
    ("lines", "schema"),
    [
        ([], {"type": "object"}),
        (['media_types = ["application/x-www-form-urlencoded"]'], {"type": "object"}),
        (['schema = "s.json"'], {"type": "array"}),
        (['schema = "s.json"'], {"type": ["object", "array"]}),
        (['schema = "s.json"'], {"required": ["a"]}),
        (['schema = "s.json"'], {"type": "object", "$ref": "#/$defs/x", "$defs": {"x": True}}),
        (['schema = "s.json"'], True),
    ],
    ids=["no schema", "forms", "an array", "an array too", "no type", "a reference", "anything"],
)
def test_sources_that_may_send_something_else_have_no_model(tmp_path: Path, lines: list[str], schema: object) -> None:
    """API Gateway would refuse a form or an array that hookline takes."""
    assert model_schema(one_source(tmp_path, schema, *lines)) is None


def test_an_empty_list_of_required_keys_is_left_away(tmp_path: Path) -> None:
    """API Gateway uses Draft 4, which does not allow it, and the deployment would fail."""
    source = one_source(tmp_path, {"type": "object", "required": []}, 'schema = "s.json"')

    assert "required" not in json.loads(str(model_schema(source)))


def test_the_model_checks_every_content_type() -> None:
    """With only application/json, a body that is sent as text/plain would not be checked at all."""
    method = stack().one("apigateway.Method")

    assert method.mapping("requestModels") == {
        "application/json": "WebhookModelDev",
        "$default": "WebhookModelDev",
    }
    assert stack().one("apigateway.RequestValidator").at("validateRequestBody") is True


def test_only_what_is_no_text_is_declared_binary(tmp_path: Path) -> None:
    """JSON and forms come through as they are; anything else would lose bytes, and then its signature does not fit."""
    taken = '["application/json", "application/x-www-form-urlencoded", "application/vnd.x+json", "application/cbor", "text/xml"]'
    source = one_source(tmp_path, True, f"media_types = {taken}")

    assert binary_media_types([source]) == ["application/cbor", "text/xml"]
    assert stack().one("apigateway.RestApi").at("binaryMediaTypes") is None


def test_only_post_is_there_and_each_path_has_its_own_resource(tmp_path: Path) -> None:
    """The validator finds the source by its resource; a catch-all would make it check every path of the internet."""
    written = project(tmp_path, 'path = "/webhook"', 'path = "/in/bank/webhook"')

    made = stack(project=written)

    parts = {found.name: found.text("pathPart") for found in made.of("apigateway.Resource")}
    parents = {found.name: found.text("parentId") for found in made.of("apigateway.Resource")}
    assert parts == {
        "hookline-api/in": "in",
        "hookline-api/in/bank": "bank",
        "hookline-api/in/bank/webhook": "webhook",
    }
    assert parents["hookline-api/in"] == "<RestApi hookline-api.rootResourceId>"
    assert parents["hookline-api/in/bank"] == "<Resource hookline-api/in.id>"
    assert [found.text("httpMethod") for found in made.of("apigateway.Method")] == ["POST"]
    assert str(made.outputs["api_endpoint"]).endswith("/prod/in/bank/webhook")


@pytest.mark.parametrize(
    ("kind", "status", "code", "retry"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", "404", "unknown_path", None),
        ("BAD_REQUEST_BODY", "400", "schema_mismatch", None),
        ("REQUEST_TOO_LARGE", "413", "body_too_large", None),
        ("UNSUPPORTED_MEDIA_TYPE", "415", "unsupported_media_type", None),
        ("THROTTLED", "429", "too_many_requests", "'5'"),
        ("INTEGRATION_FAILURE", "503", "internal_fault", "'5'"),
        ("INTEGRATION_TIMEOUT", "503", "deadline_reached", "'5'"),
        ("DEFAULT_4XX", None, "request_refused", None),
        ("DEFAULT_5XX", "503", "internal_fault", "'5'"),
    ],
)
def test_the_gateway_says_what_hookline_would(kind: str, status: str | None, code: str, retry: str | None) -> None:
    """A sender must not have to know which part answered; and a fault of ours is never a 4xx."""
    made = next(found for found in stack().of("apigateway.Response") if found.at("responseType") == kind)

    headers, problem = (
        made.mapping("responseParameters"),
        json.loads(made.text("responseTemplates", "application/json")),
    )

    assert made.at("statusCode") == status
    assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    assert headers.get("gatewayresponse.header.Retry-After") == retry
    assert (problem["code"], problem["type"]) == (code, f"urn:hookline:error:{code}")
    assert problem.get("status") == (None if status is None else int(status))


def test_no_answer_holds_what_the_gateway_would_replace() -> None:
    """API Gateway takes $name in a template for a variable."""
    assert [response.kind for response in RESPONSES if "$" in response.document or response.code not in CODES] == []


def test_the_access_log_is_json_and_has_no_part_of_the_bodies() -> None:
    """A log with bodies or signatures in it is a second place to keep secret."""
    written = stack().one("apigateway.Stage").text("accessLogSettings", "format")

    fields = json.loads(written)

    assert {"requestId", "status", "path", "responseLatency"} <= fields.keys()
    assert "body" not in written.lower()
    assert "header" not in written.lower()
    assert len(written) < 3 * 1024


def test_the_stage_is_traced_logged_and_limited() -> None:
    """No other log has what happens at the edge."""
    made = stack({"throttleRate": "40", "throttleBurst": "80"})

    settings_of_all = made.one("apigateway.MethodSettings").mapping("settings")

    assert made.one("apigateway.Stage").at("xrayTracingEnabled") is True
    assert settings_of_all == {
        "loggingLevel": "ERROR",
        "metricsEnabled": False,
        "dataTraceEnabled": False,
        "cachingEnabled": False,
        "cacheDataEncrypted": True,
        "throttlingRateLimit": 40,
        "throttlingBurstLimit": 80,
    }


def test_the_example_project_is_the_default() -> None:
    """A user who clones and deploys gets what the tutorial shows."""
    assert [source.path for source in load(EXAMPLE / "hookline.toml").sources] == ["/webhook"]
    assert "/POST/webhook" in stack().one("lambda.Permission").text("sourceArn")


def test_the_firewall_refuses_no_body_for_its_words() -> None:
    """A note in which a customer quotes an attack is still a payment; after a 403 its sender would give it up."""
    (known_bad,) = [
        rule
        for rule in stack({"waf": "true"}).one("wafv2.WebAcl").items("rules")
        if isinstance(rule, dict) and "managedRuleGroupStatement" in rule["statement"]
    ]

    overridden = known_bad["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"]

    assert {one["name"] for one in overridden} == {"JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"}
    assert all(one["actionToUse"].keys() == {"count"} for one in overridden)
