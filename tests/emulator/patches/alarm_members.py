"""CloudWatch describes an alarm as it was put, also to a caller of the query protocol, which Terraform's AWS provider is.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
MiniStack answers such a caller with ten members of it, so that each of its plans would change every alarm. It also forgets the metrics of
an alarm over several, and the actions of insufficient data.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import botocore.session  # type: ignore[import-untyped] # botocore carries no types
from ministack.services import cloudwatch  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Answer = tuple[int, Mapping[str, str], bytes]
    Handler = Callable[..., Answer]
    Members = dict[str, Any]  # of an alarm, of any shape

__all__ = ["patch"]

_KEPT_BY_MINISTACK = (
    "AlarmName", "AlarmArn", "ActionsEnabled", "StateValue", "StateReason", "StateUpdatedTimestamp", "AlarmConfigurationUpdatedTimestamp",
)  # fmt: skip
_put: dict[str, Members] = {}
"""The last inputs of each alarm, by its ARN."""


def patch() -> None:
    """Remember what is put, and answer with it."""
    cloudwatch._put_metric_alarm = _remembering(cloudwatch._put_metric_alarm)
    cloudwatch._describe_alarms = _describing(cloudwatch._describe_alarms)


def _remembering(put: Handler) -> Handler:
    def handled(params: Members, body: Members, is_cbor: bool, is_json: bool = False) -> Answer:  # noqa: FBT001, FBT002 -- MiniStack's
        answer = put(params, body, is_cbor, is_json)
        asked = body if is_cbor or is_json else _parsed(params, _operation("PutMetricAlarm").input_shape)
        alarm = cloudwatch._alarms.get(asked.get("AlarmName"))
        if alarm is not None:
            _put[alarm["AlarmArn"]] = asked
        return answer

    return handled


def _describing(describe: Handler) -> Handler:
    def handled(params: Members, body: Members, is_cbor: bool, is_json: bool = False) -> Answer:  # noqa: FBT001, FBT002 -- MiniStack's
        operation = _operation("DescribeAlarms")
        as_query = describe(params, body, is_cbor, is_json)
        if is_cbor or is_json or as_query[0] != 200:
            return as_query
        found = json.loads(describe({}, _parsed(params, operation.input_shape), False, True)[2])
        found["MetricAlarms"] = [_described(alarm) for alarm in found["MetricAlarms"]]
        members = "".join(_written(operation.output_shape, found))
        answer: Answer = cloudwatch._xml(
            200, "DescribeAlarmsResponse", f"<DescribeAlarmsResult>{members}</DescribeAlarmsResult>"
        )
        return answer

    return handled


def _described(alarm: Members) -> Members:
    return _put.get(alarm["AlarmArn"], alarm) | {key: alarm[key] for key in _KEPT_BY_MINISTACK if key in alarm}


@cache
def _operation(name: str) -> Any:  # botocore's model
    return botocore.session.get_session().get_service_model("cloudwatch").operation_model(name)


def _parsed(params: Mapping[str, Any], shape: Any, prefix: str = "") -> Any:
    """The input of ``shape`` from the fields of a form, such as ``Dimensions.member.1.Name``; its own begin with ``prefix``."""
    if shape.type_name == "structure":
        places = {name: f"{prefix}.{name}".lstrip(".") for name in shape.members}
        return {
            name: _parsed(params, inner, places[name])
            for name, inner in shape.members.items()
            if _has(params, places[name])
        }
    if shape.type_name == "list":
        return list(_items(params, shape.member, f"{prefix}.member"))
    return _scalar(cloudwatch._p(params, prefix), shape.type_name)


def _scalar(text: str, kind: str) -> object:
    if kind == "boolean":
        return text == "true"
    return int(text) if kind == "integer" else float(text) if kind == "double" else text


def _has(params: Mapping[str, Any], place: str) -> bool:
    return any(key == place or key.startswith(f"{place}.") for key in params)


def _items(params: Mapping[str, Any], shape: Any, prefix: str) -> Iterator[Any]:
    number = 1
    while _has(params, f"{prefix}.{number}"):
        yield _parsed(params, shape, f"{prefix}.{number}")
        number += 1


def _written(shape: Any, value: Any) -> Iterator[str]:
    """The inside of an element of the answer."""
    if shape.type_name == "structure":
        for name, inner in shape.members.items():
            if value.get(name) is not None:
                yield f"<{name}>{''.join(_written(inner, value[name]))}</{name}>"
    elif shape.type_name == "list":
        for each in value:
            yield f"<member>{''.join(_written(shape.member, each))}</member>"
    elif shape.type_name == "timestamp":
        yield datetime.fromtimestamp(float(value), UTC).isoformat() if isinstance(value, int | float) else escape(value)
    else:
        yield escape(str(value).lower() if isinstance(value, bool) else str(value))
