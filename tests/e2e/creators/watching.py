"""Logs, alarms, the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from e2e.creators.creator import Aws, Made
    from e2e.inputs import Inputs

__all__ = ["CREATORS"]


def _log_group(aws: Aws, given: Inputs) -> Made:
    name, logs = given.need("name"), aws.client("logs")
    retention = given.take("retentionInDays")
    logs.create_log_group(logGroupName=name, **given.pick(kmsKeyId="kmsKeyId", tags="tags"))
    if retention:
        logs.put_retention_policy(logGroupName=name, retentionInDays=retention)
    return name, {"name": name, "arn": aws.arn("logs", f"log-group:{name}")}


def _metric_alarm(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    queries = [_query(query) for query in given.each("metricQueries")]
    warm_up = given.inside("warmUpConfiguration").pick(
        warmUpPeriodDurationInMinutes="WarmUpPeriodDurationInMinutes",
    )
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        ComparisonOperator=given.need("comparisonOperator"),
        EvaluationPeriods=given.need("evaluationPeriods"),
        Tags=given.tags(),
        **({"Metrics": queries} if queries else {}),
        **({"WarmUpConfiguration": warm_up} if warm_up else {}),
        **({"Dimensions": _dimensions(given.take("dimensions"))} if "dimensions" in given else {}),
        **given.pick(
            actionsEnabled="ActionsEnabled",
            alarmActions="AlarmActions",
            alarmDescription="AlarmDescription",
            datapointsToAlarm="DatapointsToAlarm",
            evaluateLowSampleCountPercentiles="EvaluateLowSampleCountPercentile",
            extendedStatistic="ExtendedStatistic",
            insufficientDataActions="InsufficientDataActions",
            metricName="MetricName",
            namespace="Namespace",
            okActions="OKActions",
            period="Period",
            statistic="Statistic",
            threshold="Threshold",
            treatMissingData="TreatMissingData",
            unit="Unit",
        ),
    )
    return name, {"name": name, "arn": aws.arn("cloudwatch", f"alarm:{name}")}


def _query(query: Inputs) -> dict[str, Any]:  # boto3's parameters
    """One line of metric math: an expression, or a metric."""
    metric = query.inside("metric")
    stat = {}
    if "metricName" in metric:
        measured = metric.pick(metricName="MetricName", namespace="Namespace")
        if "dimensions" in metric:
            measured["Dimensions"] = _dimensions(metric.take("dimensions"))
        stat = {"MetricStat": {"Metric": measured, **metric.pick(period="Period", stat="Stat", unit="Unit")}}
    return {
        **stat,
        **query.pick(expression="Expression", id="Id", label="Label", period="Period", returnData="ReturnData"),
    }


def _dimensions(given: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in given.items()]


def _composite_alarm(aws: Aws, given: Inputs) -> Made:
    name = given.need("alarmName")
    suppressor = {}
    if "actionsSuppressor" in given:
        parts = given.inside("actionsSuppressor")
        suppressor = parts.pick(
            alarm="ActionsSuppressor",
            extensionPeriod="ActionsSuppressorExtensionPeriod",
            waitPeriod="ActionsSuppressorWaitPeriod",
        )
    aws.client("cloudwatch").put_composite_alarm(
        AlarmName=name,
        AlarmRule=given.need("alarmRule"),
        Tags=given.tags(),
        **suppressor,
        **given.pick(
            actionsEnabled="ActionsEnabled",
            alarmActions="AlarmActions",
            alarmDescription="AlarmDescription",
            okActions="OKActions",
        ),
    )
    return name, {"arn": aws.arn("cloudwatch", f"alarm:{name}"), "alarmName": name}


def _dashboard(aws: Aws, given: Inputs) -> Made:
    name = given.need("dashboardName")
    aws.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=given.need("dashboardBody"))
    return name, {"dashboardArn": aws.arn("cloudwatch", f"dashboard/{name}", region=""), "dashboardName": name}


CREATORS = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _composite_alarm,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _metric_alarm,
}
