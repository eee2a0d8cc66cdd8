"""FIFO queues as they are deployed: of the right kind, for all who send to them, and next to the standard queues."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any  # Any: policy documents are JSON

import pytest

from hookline.errors import ConfigError
from hookline.infra import PipelineArgs, Settings
from hookline.infra.policy import judge
from hookline.infra.watch.alarm_subjects import FORMER
from infra.graph import ACCOUNT, REGION, stack
from infra.projects import project

if TYPE_CHECKING:
    from pathlib import Path

    from infra.graph import Stack

FIFO = 'fifo = { group = "data.merchant_id" }'
KIND = {
    "fifoQueue": True,
    "contentBasedDeduplication": False,
    "deduplicationScope": "messageGroup",
    "fifoThroughputLimit": "perMessageGroupId",
}


@pytest.fixture(scope="module")
def with_fifo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with ``payments`` as a FIFO queue."""
    return project(tmp_path_factory.mktemp("fifo"), "[queues.payments]", f"[queues.payments]\n{FIFO}")


def statements(made: Stack, function: str) -> dict[str, Any]:
    """What a function may do, by the statements' ids."""
    (policy,) = [one for one in made.of("iam.RolePolicy") if function in one.name]
    return {one["Sid"]: one for one in json.loads(policy.text("policy"))["Statement"]}


def arn(queue: str) -> str:
    """The ARN of a queue by its physical name."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"


@pytest.mark.parametrize("name", ["payments-queue-dev.fifo", "payments-dlq-dev.fifo"])
def test_a_fifo_queue_and_its_dead_letter_queue_are_in_high_throughput_mode(with_fifo: Path, name: str) -> None:
    """Otherwise SQS bounds all groups together at 300 messages a second, and drops what has the content of another event."""
    queue = stack(project=with_fifo).one("sqs.Queue", name)

    assert {key: queue.at(key) for key in KIND} == KIND


def test_only_the_declared_queue_is_fifo(with_fifo: Path) -> None:
    """Order has its price: the other queues stay as they are, where Lambda needs a standard one too."""
    names = {queue.text("name"): queue.at("fifoQueue") for queue in stack(project=with_fifo).of("sqs.Queue")}

    fifo = {name for name, kind in names.items() if kind}
    assert fifo == {"payments-queue-dev.fifo", "payments-dlq-dev.fifo"}
    assert fifo == {name for name in names if name.endswith(".fifo")}
    assert "payments-queue-dev" not in names


def test_dead_letters_go_to_the_fifo_dead_letter_queue(with_fifo: Path) -> None:
    """SQS takes no other; and only from this queue."""
    made = stack(project=with_fifo)

    redrive = json.loads(made.one("sqs.Queue", "payments-queue-dev.fifo").text("redrivePolicy"))
    (allow,) = [one for one in made.of("sqs.RedriveAllowPolicy") if "payments" in one.name]

    assert redrive == {"deadLetterTargetArn": arn("payments-dlq-dev.fifo"), "maxReceiveCount": 3}
    assert json.loads(allow.text("redriveAllowPolicy"))["sourceQueueArns"] == [arn("payments-queue-dev.fifo")]


def test_validator_and_router_may_send_to_it(with_fifo: Path) -> None:
    """The validator puts ordered events there itself, and with them those of their other queues; it then marks them."""
    made = stack(project=with_fifo)

    router, validator = statements(made, "router"), statements(made, "validator")

    queues = {arn(f"{name}-queue-dev") for name in ("refunds", "disputes", "unrouted")} | {
        arn("payments-queue-dev.fifo")
    }
    assert set(validator["PutOnQueues"]["Resource"]) == queues
    assert set(router["PutOnQueues"]["Resource"]) == queues | {arn("event-router-failures-dev")}
    assert validator["ReadAndMarkEvents"] == router["ReadAndMarkEvents"]
    assert validator["ReadAndTagLargeBodies"] == router["ReadAndTagLargeBodies"]
    variables = made.one("lambda.Function", "webhook-validator-dev").at("environment", "variables")
    assert isinstance(variables, dict)
    assert variables["HOOKLINE_QUEUE_URL_PREFIX"].endswith(f"/{ACCOUNT}/")


def test_a_validator_without_fifo_queues_may_not_send() -> None:
    """The function that strangers reach has no right that it does not need."""
    made = stack()

    assert {"PutOnQueues", "ReadAndMarkEvents", "ReadAndTagLargeBodies"}.isdisjoint(statements(made, "validator"))


def test_alarms_and_dashboard_watch_it(with_fifo: Path) -> None:
    """An alarm with a name that no queue has never fires."""
    made = stack(project=with_fifo)

    watched = {str(alarm.at("dimensions", "QueueName")) for alarm in made.of("cloudwatch.MetricAlarm")} - {"None"}
    drawn = made.one("cloudwatch.Dashboard").text("dashboardBody")

    queues = {queue.text("name") for queue in made.of("sqs.Queue")}
    assert watched == queues
    assert '"payments-queue-dev.fifo"' in drawn
    assert '"payments-queue-dev"' not in drawn


def test_its_url_is_in_the_outputs(with_fifo: Path) -> None:
    """Consumers are given the queue by its name in hookline.toml, whatever it is called on SQS."""
    outputs = stack(project=with_fifo).outputs

    assert str(outputs["payments_queue_url"]).endswith("/payments-queue-dev.fifo")
    assert "payments_former_queue_url" not in outputs


def test_it_is_another_resource_than_the_standard_queue_was(with_fifo: Path) -> None:
    """Pulumi would replace one of the same name, and delete the old one with its messages in the same deployment."""
    before, after = stack(), stack(project=with_fifo)

    assert {queue.urn for queue in before.of("sqs.Queue") if "payments" in queue.name}.isdisjoint(
        queue.urn for queue in after.of("sqs.Queue")
    )


def test_a_draining_queue_stays_what_it_was(with_fifo: Path) -> None:
    """Same resource, same settings: for Pulumi nothing changes, and its messages wait for their consumers."""
    before, after = stack(), stack({"draining": "payments"}, project=with_fifo)

    for name in ("payments-queue-dev", "payments-dlq-dev"):
        old, kept = before.one("sqs.Queue", name), after.one("sqs.Queue", name)
        assert (kept.urn, kept.inputs) == (old.urn, old.inputs)
    assert str(after.outputs["payments_former_queue_url"]).endswith("/payments-queue-dev")
    assert str(after.outputs["payments_queue_url"]).endswith("/payments-queue-dev.fifo")


def test_a_draining_queue_is_watched_and_sent_to_by_the_functions_that_are_being_replaced(with_fifo: Path) -> None:
    """A policy changes before the code does: what runs in between still sends there."""
    made = stack({"draining": "payments"}, project=with_fifo)

    alarms = {alarm.text("name"): alarm.at("dimensions", "QueueName") for alarm in made.of("cloudwatch.MetricAlarm")}

    assert alarms[f"webhook-dead-letters-payments{FORMER}-alarm-dev"] == "payments-dlq-dev"
    assert alarms[f"webhook-queue-age-payments{FORMER}-alarm-dev"] == "payments-queue-dev"
    assert arn("payments-queue-dev") in statements(made, "router")["PutOnQueues"]["Resource"]


def test_a_queue_that_becomes_standard_again_drains_too() -> None:
    """The same rules hold in the other direction."""
    made = stack({"draining": "payments"})

    assert made.one("sqs.Queue", "payments-queue-dev.fifo").at("fifoQueue") is True
    assert str(made.outputs["payments_former_queue_url"]).endswith("/payments-queue-dev.fifo")


def test_a_draining_queue_must_be_in_hookline_toml(with_fifo: Path) -> None:
    """A misspelt name would delete the queue that it was meant to keep."""
    settings = Settings(environment="dev", region=REGION, project=with_fifo)

    with pytest.raises(ConfigError, match="names payment, which is not a queue") as caught:
        PipelineArgs(settings=replace(settings, draining=("payment",)))

    assert [complaint.where for complaint in caught.value.complaints] == ["hookline:draining"]


@pytest.mark.parametrize("config", [{}, {"draining": "payments"}])
def test_no_rule_is_broken(with_fifo: Path, config: dict[str, str]) -> None:
    """Encryption, TLS, dead letters and the rest hold for FIFO queues too."""
    graph = stack(config, project=with_fifo).graph

    assert judge(graph) == ()
