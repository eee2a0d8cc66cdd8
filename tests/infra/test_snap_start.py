"""A validator that starts from snapshots: who calls it by which name, and what a deployment does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hookline.infra.policy import judge
from infra.changing import put
from infra.graph import declared, stack

if TYPE_CHECKING:
    from infra.graph import Registered, Stack

ON = {"snapStart": "true"}
VALIDATOR = "webhook-validator-dev"


def test_only_the_validator_has_snapshots() -> None:
    """No sender waits for the router or the recoverer: their snapshots would only cost."""
    functions = {made.text("name"): made.inputs for made in stack(ON).of("lambda.Function")}

    snapped = {name for name, inputs in functions.items() if "snapStart" in inputs}

    assert snapped == {VALIDATOR}
    assert functions[VALIDATOR]["snapStart"] == {"applyOn": "PublishedVersions"}
    assert functions[VALIDATOR]["publish"] is True


def test_without_the_setting_nothing_is_published() -> None:
    """A version that no caller uses is kept and paid for until somebody deletes it."""
    made = stack()

    assert made.of("lambda.Alias") == []
    assert not any({"publish", "snapStart"} & function.inputs.keys() for function in made.of("lambda.Function"))
    assert all("qualifier" not in permission.inputs for permission in made.of("lambda.Permission"))


def test_the_alias_follows_the_version_that_was_published() -> None:
    """The provider answers with the number of the new version once its snapshot is there; then the alias moves."""
    made = stack(ON)

    alias = made.one("lambda.Alias")

    function = made.one("lambda.Function", VALIDATOR)
    assert (alias.text("name"), alias.text("functionName")) == ("live", VALIDATOR)
    assert alias.at("functionVersion") == function.output("version")
    assert function.urn in alias.uses


def test_the_gateway_calls_the_alias_and_may_call_nothing_else() -> None:
    """A call of the function itself would start without a snapshot, and not be answered by the version of a rollback."""
    made = stack(ON)
    alias = made.one("lambda.Alias")

    uris = {integration.text("uri") for integration in made.of("apigateway.Integration")}
    permissions = made.of("lambda.Permission")

    assert uris == {alias.output("invokeArn")}
    assert len(permissions) == len(made.of("apigateway.Method"))
    assert {(one.text("function"), one.text("qualifier")) for one in permissions} == {(VALIDATOR, "live")}


def test_switching_it_on_or_off_makes_a_new_deployment_and_lets_the_old_one_answer_until_then() -> None:
    """The old snapshot of the API calls the function, the new one its alias: both need their right at the same time."""
    off, on = stack(), stack(ON)

    digests = {one.one("apigateway.Deployment").mapping("triggers")["content"] for one in (off, on)}
    urns = [{permission.urn for permission in one.of("lambda.Permission")} for one in (off, on)]

    assert len(digests) == 2
    assert urns[0].isdisjoint(urns[1])
    assert all(urn in one.one("apigateway.Deployment").depends_on for one in (off, on) for urn in rights(one))


def rights(made: Stack) -> set[str]:
    """The URNs of the gateway's permissions."""
    return {permission.urn for permission in made.of("lambda.Permission")}


def test_another_version_makes_no_deployment_of_the_gateway() -> None:
    """Only the alias moves, in one step: nobody waits for API Gateway, and a rollback is as quick."""
    before = declared(ON)
    after = declared({**ON, "validatorMemory": "512"})

    digests = {one.one("apigateway.Deployment").mapping("triggers")["content"] for one in (before, after)}

    assert len(digests) == 1


def test_alarms_and_dashboard_count_every_version() -> None:
    """CloudWatch counts all versions and aliases under FunctionName; with a Resource in addition, a rollback or a retry would be missed.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html#metrics-dimensions
    """
    off, on = stack(), stack(ON)

    assert [watched(one) for one in on.of("cloudwatch.MetricAlarm")] == [
        watched(one) for one in off.of("cloudwatch.MetricAlarm")
    ]
    assert on.one("cloudwatch.Dashboard").inputs == off.one("cloudwatch.Dashboard").inputs


def watched(alarm: Registered) -> object:
    """What an alarm looks at."""
    return alarm.inputs.get("dimensions"), alarm.inputs.get("metricQueries")


def test_the_outputs_stay_the_same() -> None:
    """`validator_lambda_arn` is the function: scripts that read it add the alias if they want it."""
    assert stack(ON).outputs == stack().outputs


def test_a_right_of_the_alias_without_snapshots_is_found() -> None:
    """The gateway would call a function that it has no right to."""
    graph = put("lambda.Permission", "qualifier", "live")(stack().graph)

    assert [finding.rule for finding in judge(graph)] == ["snap-start-live"]


@pytest.mark.parametrize("called", ["function", "alias"])
def test_a_gateway_that_calls_the_other_one_is_found(called: str) -> None:
    """With snapshots the function is the wrong one, and without them the alias is."""
    made, other = (stack(ON), stack()) if called == "function" else (stack(), stack(ON))
    uri = other.of("apigateway.Integration")[0].text("uri")

    graph = put("apigateway.Integration", "uri", uri)(made.graph)

    assert "gateway-integration" in {finding.rule for finding in judge(graph)}


def test_an_alias_of_another_function_does_not_count() -> None:
    """An alias `live` of the router would let the rule pass, and senders would get nothing."""
    graph = put("lambda.Alias", "functionName", "event-router-dev")(stack(ON).graph)

    found = {finding.resource.name for finding in judge(graph) if finding.rule == "snap-start-live"}

    assert "hookline-validator" in found
