"""The alarms of a stack, and the topic that sends them to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import cloudwatch, kms, sns

from hookline.adapters.aws import names
from hookline.infra import permissions
from hookline.infra.settings import RUNBOOK
from hookline.infra.watch.alarm_table import alarms

if TYPE_CHECKING:
    from hookline.infra.location import Location
    from hookline.infra.permissions import Statement
    from hookline.infra.watch.alarm_subjects import Watched
    from hookline.infra.watch.alarm_table import Alarm

__all__ = ["AlarmTopic", "Alarms", "AlarmsArgs", "key_statements", "topic_statements"]

_CLOUDWATCH = "cloudwatch.amazonaws.com"
_WAITING_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsArgs:
    """The watched parts, the address for alarms, and the topic's key; without ``key`` the topic gets its own key."""

    watched: Watched
    location: Location
    email: str | None = None
    runbook: str = RUNBOOK
    key: pulumi.Input[str] | None = None


class Alarms(pulumi.ComponentResource):
    """Every alarm of alarm_table.py. Each is published to one topic when it begins and when it ends."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hookline:infra:Alarms", name, None, opts)
        self._args, self._inside = args, pulumi.ResourceOptions(parent=self)
        topic = AlarmTopic(name, args, self._inside)
        self.topic_arn = topic.arn
        for alarm in alarms(args.watched):
            self._watch(name, alarm)
        self.register_outputs({"topic_arn": self.topic_arn})

    def _watch(self, name: str, alarm: Alarm) -> None:
        kind = alarm.kind
        logical = "-".join(part for part in (name, kind.section, alarm.subject.name) if part)
        cloudwatch.MetricAlarm(
            logical,
            name=alarm.name,
            alarm_description=alarm.description(self._args.runbook),
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            comparison_operator=kind.comparison,
            threshold=alarm.threshold,
            evaluation_periods=kind.window.periods,
            datapoints_to_alarm=kind.window.datapoints,
            treat_missing_data=kind.missing,
            warm_up_configuration=_warm_up(alarm),
            opts=self._inside,
            **(_math(alarm) if kind.expression else _metric(alarm)),
        )


class AlarmTopic(pulumi.ComponentResource):
    """An encrypted topic that only CloudWatch may publish to, for alarms of this account; people subscribe by e-mail.

    ``alias/aws/sns`` cannot be used: CloudWatch cannot get rights for that key, so no alarm would arrive.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hookline:infra:AlarmTopic", name, None, opts)
        self._name, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        topic = sns.Topic(
            name,
            name=names.topic(args.watched.environment),
            kms_master_key_id=self._key() if args.key is None else args.key,
            opts=self._inside,
        )
        sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=pulumi.Output.all(topic=topic.arn, account=args.location.account).apply(
                lambda known: permissions.document(topic_statements(**known))
            ),
            opts=self._inside,
        )
        if args.email:
            sns.TopicSubscription(name, topic=topic.arn, protocol="email", endpoint=args.email, opts=self._inside)
        self.arn = topic.arn
        self.register_outputs({"arn": self.arn})

    def _key(self) -> pulumi.Output[str]:
        location, environment = self._args.location, self._args.watched.environment
        key = kms.Key(
            self._name,
            description=f"Encrypts the alarms of {environment} on their way to people",
            enable_key_rotation=True,
            deletion_window_in_days=_WAITING_DAYS,
            policy=location.known.apply(lambda where: permissions.document(key_statements(**where))),
            opts=self._inside,
        )
        kms.Alias(self._name, name=f"alias/{names.topic(environment)}", target_key_id=key.key_id, opts=self._inside)
        arn: pulumi.Output[str] = key.arn
        return arn


def key_statements(*, account: str, region: str, partition: str) -> list[Statement]:
    """The key's policy: the account's own policies decide who may use it; CloudWatch may, for alarms of this account and region.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    return [
        permissions.account_statement(partition=partition, account=account),
        {
            "Sid": "LetAlarmsBeTold",
            "Effect": "Allow",
            "Principal": {"Service": _CLOUDWATCH},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account},
                "ArnLike": {"aws:SourceArn": f"arn:{partition}:cloudwatch:{region}:{account}:alarm:*"},
            },
        },
    ]


def topic_statements(*, topic: str, account: str) -> list[Statement]:
    """The topic's policy: only CloudWatch publishes, for this account's alarms, and only over TLS."""
    return [
        {
            "Sid": "LetAlarmsBeTold",
            "Effect": "Allow",
            "Principal": {"Service": _CLOUDWATCH},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
        permissions.insecure_transport("sns:Publish", topic),
    ]


def _metric(alarm: Alarm) -> dict[str, object]:
    """An alarm on one metric. A percentile is also evaluated with little traffic."""
    (measure,) = alarm.kind.measures
    is_percentile = measure.statistic.startswith("p")
    statistic: dict[str, object] = {"extended_statistic" if is_percentile else "statistic": measure.statistic}
    return {
        "namespace": alarm.kind.namespace,
        "metric_name": measure.metric,
        "dimensions": dict(alarm.dimensions(measure)),
        "period": alarm.period,
        **statistic,
        **({"evaluate_low_sample_count_percentiles": "evaluate"} if is_percentile else {}),
    }


def _math(alarm: Alarm) -> dict[str, object]:
    """An alarm on an expression over several metrics."""
    metrics = [
        cloudwatch.MetricAlarmMetricQueryArgs(
            id=measure.id,
            return_data=False,
            metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=alarm.kind.namespace,
                metric_name=measure.metric,
                dimensions=dict(alarm.dimensions(measure)),
                period=alarm.period,
                stat=measure.statistic,
            ),
        )
        for measure in alarm.kind.measures
    ]
    result = cloudwatch.MetricAlarmMetricQueryArgs(
        id="result", expression=alarm.kind.expression, label=alarm.kind.section, return_data=True
    )
    return {"metric_queries": [result, *metrics]}


def _warm_up(alarm: Alarm) -> cloudwatch.MetricAlarmWarmUpConfigurationArgs | None:
    if alarm.warm_up_minutes is None:
        return None
    return cloudwatch.MetricAlarmWarmUpConfigurationArgs(warm_up_period_duration_in_minutes=alarm.warm_up_minutes)
