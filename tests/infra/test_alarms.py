"""Each alarm watches something that is there, is sent to someone, and says what to do."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.domain.queue import UNROUTED, Queue
from hookline.infra.functions import ROUTER_EVENT_AGE
from hookline.infra.permissions import validator_statements
from hookline.infra.watch.alarm_subjects import VALIDATOR_DEADLINE, Watched
from hookline.infra.watch.alarm_table import KINDS, QUIET_IS_BAD, QUIET_IS_GOOD, alarms
from hookline.ports.telemetry import Metric
from hookline.runtimes.aws_lambda.recoverer import RECOVER_AFTER
from hookline.runtimes.aws_lambda.validator import DEADLINE_SECONDS
from infra.graph import ACCOUNT, REGION, stack
from infra.metrics import exists, points_into
from infra.test_golden import GOLDEN

if TYPE_CHECKING:
    from infra.graph import Registered

ALARM = "cloudwatch.MetricAlarm"
TIMEOUTS = {"validator": 30, "router": 60, "recoverer": 60}
IN_ORDER = [
    "ApiName",
    "Environment",
    "FunctionName",
    "QueueName",
    "ScheduleGroup",
    "Stage",
    "TableName",
    "GlobalSecondaryIndexName",
    "Operation",
    "Code",
]
OPERATIONS = ("PutItem", "UpdateItem", "GetItem", "BatchGetItem", "Query", "TransactWriteItems")
QUEUES = ("payments", "refunds", "disputes", "unrouted")
SPOKEN_FOR = [
    (
        "AWS/SQS ApproximateNumberOfMessagesVisible",
        [*(f"{queue}-dlq-dev" for queue in QUEUES), "unrouted-queue-dev", "event-router-failures-dev"],
    ),
    ("AWS/SQS ApproximateAgeOfOldestMessage", [f"{queue}-queue-dev" for queue in QUEUES]),
    ("AWS/Lambda Errors Throttles Duration", ["webhook-validator-dev", "event-router-dev", "webhook-recoverer-dev"]),
    ("AWS/Lambda AsyncEventAge AsyncEventsDropped DestinationDeliveryFailures", ["event-router-dev"]),
    ("AWS/Lambda Invocations", ["webhook-recoverer-dev"]),
    ("AWS/ApiGateway 5XXError 4XXError Count", ["webhook-api-dev prod"]),
    (
        "AWS/DynamoDB ReadThrottleEvents WriteThrottleEvents",
        ["transaction-events-dev", "transaction-events-dev outbox", "transaction-events-dev arrivals"],
    ),
    ("AWS/DynamoDB SystemErrors", [f"transaction-events-dev {operation}" for operation in OPERATIONS]),
    ("Hookline OutboxOldestSeconds HeldOldestSeconds Conflict RepeatedBody SignatureFailures Failed", ["dev"]),
    ("Hookline Rejected", ["dev body_ambiguous"]),
    ("AWS/Scheduler TargetErrorCount TargetErrorThrottledCount InvocationDroppedCount", ["webhook-recoverer-dev"]),
]
"""By metric, the resources that an alarm must watch: no fewer, and no others."""


def declared() -> list[Registered]:
    """The alarms of the unchanged program."""
    return stack({"alarmEmail": "operators@example.com"}).of(ALARM)


def watched(alarm: Registered) -> list[tuple[str, str, dict[str, str]]]:
    """The metrics that an alarm looks at: namespace, name, dimensions."""
    queries = [dict(query) for query in alarm.items("metricQueries") if isinstance(query, dict)]
    metrics = [query["metric"] for query in queries if "metric" in query] or [alarm.inputs]
    return [(metric["namespace"], metric["metricName"], dict(metric["dimensions"])) for metric in metrics]


AGREED = re.findall(rf"^{ALARM} (\S+)$", GOLDEN.read_text(), re.MULTILINE)
"""The alarms' names. They are written here: the program would take seconds to list them in every process that collects tests."""


every_alarm = pytest.mark.parametrize("name", AGREED)


def called(name: str) -> Registered:
    """The alarm, as the program declares it."""
    return stack({"alarmEmail": "operators@example.com"}).one(ALARM, name)


def test_every_alarm_is_looked_at() -> None:
    """The tests below take their names from the graph that was agreed on."""
    assert [alarm.name for alarm in declared()] == AGREED


@every_alarm
def test_an_alarm_watches_a_metric_that_exists(name: str) -> None:
    """CloudWatch takes any name and any dimension, and an alarm on a misspelt one never fires."""
    alarm = called(name)
    graph = stack({}).graph

    metrics = watched(alarm)

    assert metrics
    assert all(exists(*metric) for metric in metrics)
    assert all(points_into(graph, dimensions) for _, _, dimensions in metrics)


@every_alarm
def test_an_alarm_and_its_end_are_sent_to_the_topic(name: str) -> None:
    """An alarm that nobody gets is only a line on a page."""
    alarm = called(name)
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:webhook-alarms-dev"

    assert (alarm.items("alarmActions"), alarm.items("okActions")) == ((topic,), (topic,))
    assert alarm.at("actionsEnabled") is not False


@every_alarm
def test_an_alarm_says_what_is_wrong_and_where_it_says_what_to_do(name: str) -> None:
    """The description is all that the e-mail has."""
    alarm = called(name)
    description = alarm.text("alarmDescription")

    assert re.fullmatch(r"[A-Z][^{}]+\. What to do: docs/how-to/runbook\.md#[a-z-]+", description)
    assert len(description) <= 1024


@every_alarm
def test_an_alarm_is_sent_in_time_and_not_at_every_flicker(name: str) -> None:
    """CloudWatch evaluates at most a day, and an alarm of hookline's at most a quarter of an hour."""
    alarm = called(name)
    period = alarm.number("period") or 60
    periods, datapoints = alarm.number("evaluationPeriods") or 0, alarm.number("datapointsToAlarm") or 0

    assert 1 <= datapoints <= periods
    assert period * periods <= 900
    assert (alarm.number("threshold") or 0) > 0


@every_alarm
def test_silence_is_bad_news_only_where_something_must_be_heard_every_minute(name: str) -> None:
    """The recoverer reports each minute; a queue, a table or a function that is not used reports nothing."""
    alarm = called(name)
    heard_every_minute = {Metric.OUTBOX_OLDEST_SECONDS.value, "Invocations"}
    metrics = {metric for _, metric, _ in watched(alarm)}

    expected = QUIET_IS_BAD if metrics & heard_every_minute else QUIET_IS_GOOD

    assert alarm.text("treatMissingData") == expected
    assert (alarm.at("warmUpConfiguration") is not None) == (expected == QUIET_IS_BAD)


@every_alarm
def test_an_alarm_that_computes_returns_one_result_over_the_metrics_it_names(name: str) -> None:
    """CloudWatch refuses an alarm with two results, and a name that is not there."""
    alarm = called(name)
    queries = [dict(query) for query in alarm.items("metricQueries") if isinstance(query, dict)]
    if not queries:
        assert alarm.text("metricName")
        return

    (result,) = (query for query in queries if query["returnData"])

    words = set(re.findall(r"[a-z]\w*", result["expression"]))
    ids = {query["id"] for query in queries if query is not result}
    assert words <= ids
    assert words == ids or "METRICS()" in result["expression"]
    assert all(re.fullmatch(r"[a-z]\w*", query["id"]) for query in queries)


def test_an_alarm_of_the_tables_ends_when_its_metric_falls_silent() -> None:
    """CloudWatch ignores missing data of DynamoDB's metrics, whatever an alarm says of it, and DynamoDB reports them only in bad times."""
    alarms_ = [made for made in stack().of("cloudwatch.MetricAlarm") if "AWS/DynamoDB" in json.dumps(made.inputs)]

    queries = [[dict(query) for query in made.items("metricQueries") if isinstance(query, dict)] for made in alarms_]

    assert len(queries) == 4
    for result, *measures in queries:
        assert result["expression"] == " + ".join(f"FILL({measure['id']}, 0)" for measure in measures)


def test_everything_that_can_go_wrong_is_watched_and_nothing_else() -> None:
    """The list is written out by hand, so that an alarm that is lost in the table is missed here."""
    found: dict[tuple[str, str], set[str]] = {}
    for alarm in declared():
        for namespace, metric, dimensions in watched(alarm):
            found.setdefault((namespace, metric), set()).add(
                " ".join(dimensions[key] for key in sorted(dimensions, key=IN_ORDER.index))
            )

    wanted = {
        (namespace, metric): set(whose)
        for text, whose in SPOKEN_FOR
        for namespace, *metrics in (text.split(),)
        for metric in metrics
    }
    assert found == wanted


def test_percentiles_are_judged_on_little_traffic_too() -> None:
    """By default CloudWatch would do so as well; a written setting does not change."""
    slow = [alarm for alarm in declared() if alarm.text("metricName") == "Duration"]

    assert [alarm.text("extendedStatistic") for alarm in slow] == ["p99"] * 3
    assert {alarm.text("evaluateLowSampleCountPercentiles") for alarm in slow} == {"evaluate"}


def test_a_function_is_slow_before_it_is_stopped() -> None:
    """The validator gives its own answer after 8 s; the others have their timeouts, and stop on their own a little earlier."""
    slow = {
        alarm.subject.name: alarm.threshold
        for alarm in alarms(Watched(environment="dev", queues=(), timeouts=TIMEOUTS))
        if alarm.kind.section == "function-duration"
    }

    assert slow == {"validator": 6400, "router": 54_000, "recoverer": 54_000}
    assert VALIDATOR_DEADLINE == DEADLINE_SECONDS


def test_a_short_timeout_is_what_the_validator_is_held_to() -> None:
    """Where Lambda would stop it before its own deadline, the alarm has to use that limit."""
    short = Watched(environment="dev", queues=(), timeouts={**TIMEOUTS, "validator": 5})

    (slow,) = (
        a.threshold for a in alarms(short) if (a.kind.section, a.subject.name) == ("function-duration", "validator")
    )

    assert slow == 4000


def test_waiting_is_reported_after_the_recoverer_has_had_its_chance() -> None:
    """An event that the recoverer picks up at its first look must wake nobody."""
    (outbox,) = (kind for kind in KINDS if kind.section == "outbox-age")
    (age,) = (kind for kind in KINDS if kind.section == "async-event-age")

    assert outbox.threshold >= 2 * RECOVER_AFTER.total_seconds()
    assert age.threshold < ROUTER_EVENT_AGE * 1000


@pytest.mark.parametrize(
    ("queue", "seconds"),
    [
        (Queue(name="payments"), 900),
        (Queue(name="payments", visibility_timeout=timedelta(minutes=5), max_receives=3), 1200),
        (Queue(name="payments", visibility_timeout=timedelta(hours=12), retention=timedelta(days=4)), 172_800),
        (Queue(name="payments", retention=timedelta(minutes=10)), 300),
        (Queue(name=UNROUTED), 302_400),
    ],
    ids=["usual", "slow work", "very slow work", "forgetful", "unrouted"],
)
def test_a_message_is_old_when_failing_cannot_explain_it_or_when_the_queue_forgets_it_soon(
    queue: Queue, seconds: float
) -> None:
    """A message that fails until it is a dead letter has an alarm of its own."""
    found = alarms(Watched(environment="dev", queues=(queue,), timeouts=TIMEOUTS))

    ages = [alarm.threshold for alarm in found if alarm.kind.section == "queue-age"]

    assert ages == [seconds]


def test_alarms_of_two_environments_never_share_a_name() -> None:
    """A second alarm with the same name would replace the first without an error."""
    one = alarms(Watched(environment="dev", queues=(Queue(name="a-b"),), timeouts=TIMEOUTS))
    other = alarms(Watched(environment="b-dev", queues=(Queue(name="a"),), timeouts=TIMEOUTS))

    called = [alarm.name for alarm in (*one, *other)]

    assert len(set(called)) == len(called)
    assert all(name.endswith("-dev") and len(name) <= 255 for name in called)


def test_cloudwatch_may_publish_only_for_this_account_and_use_the_key_for_it() -> None:
    """The topic is encrypted: without the key, CloudWatch would drop every alarm in silence."""
    made = stack({})
    topic, policy, key = made.one("sns.Topic"), made.one("sns.TopicPolicy"), made.one("kms.Key")

    statements = json.loads(policy.text("policy"))["Statement"]
    used = json.loads(key.text("policy"))["Statement"][1]

    assert key.is_called(topic.text("kmsMasterKeyId"))
    allowed = [one for one in statements if one["Effect"] == "Allow"]
    assert [one["Principal"] for one in allowed] == [{"Service": "cloudwatch.amazonaws.com"}] == [used["Principal"]]
    assert allowed[0]["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert used["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert used["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_a_stack_with_its_own_key_uses_it_for_the_topic_too() -> None:
    """One key to look after, and its policy lets CloudWatch in as well."""
    made = stack({"cmk": "true"})
    (key,) = made.of("kms.Key")

    statements = json.loads(key.text("policy"))["Statement"]

    assert key.is_called(made.one("sns.Topic").text("kmsMasterKeyId"))
    assert any(one["Principal"] == {"Service": "cloudwatch.amazonaws.com"} for one in statements)


@pytest.mark.parametrize(("config", "mailed"), [({}, []), ({"alarmEmail": "ops@example.com"}, ["ops@example.com"])])
def test_people_get_mail_when_an_address_is_set(config: dict[str, str], mailed: list[str]) -> None:
    """An operator who sends alarms in another way subscribes to the topic."""
    subscriptions = stack(config).of("sns.TopicSubscription")

    assert [(one.text("protocol"), one.text("endpoint")) for one in subscriptions] == [("email", to) for to in mailed]


def test_a_stack_can_keep_its_runbook_elsewhere() -> None:
    """At three in the morning a link that opens is worth more than a path."""
    made = stack({"runbook": "https://wiki.example.com/hookline"})

    links = {alarm.text("alarmDescription").rpartition(" ")[2] for alarm in made.of(ALARM)}

    always = {kind.section for kind in KINDS} - {"records-missing", "records-waiting", "canary"}
    assert links == {f"https://wiki.example.com/hookline#{section}" for section in always}


def test_no_function_may_touch_alarms() -> None:
    """An intruder in a function must not be able to silence the alarms that would report it."""
    granted = json.dumps(
        validator_statements(
            table="t", rejected="j", bucket="b", router="r", log_group="l", secrets=["arn:aws:ssm:r:a:parameter/p"]
        )
    )

    assert "cloudwatch" not in granted
    assert "sns" not in granted


def test_records_are_watched_only_where_they_are_fetched() -> None:
    """Two alarms that can never fire would cost as much as two that can."""
    without = Watched(environment="dev", queues=(), timeouts=TIMEOUTS)
    fetching = replace(without, fetches=True)

    more = {alarm.name for alarm in alarms(fetching)} - {alarm.name for alarm in alarms(without)}

    assert more == {"webhook-records-waiting-alarm-dev", "webhook-records-missing-alarm-dev"}
