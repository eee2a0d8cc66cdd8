"""What the provider's version 5.100 is too old for, by name: hookline is written for pulumi-aws 7, which is made from version 6.

Each entry says how an older provider is asked for the nearest thing. Nothing else is translated by hand: an input without an entry
here that the provider's schema does not have is an error; and tests fail for an entry that is not needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["TOO_OLD", "TooOld"]

Inputs: TypeAlias = "dict[str, Any]"  # inputs are of any shape
_OLD_LARGEST_MESSAGE = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class TooOld:
    """One input that the old provider does not have, or whose value it refuses.

    ``change`` is given the inputs of a resource or block that has it, and returns those that the old provider takes. ``refused`` is what
    the provider says where its schema has the input.
    """

    kind: str
    key: str
    reason: str
    change: Callable[[Inputs], Inputs]
    within: tuple[str, ...] = ()
    refused: str = ""


def _smaller(inputs: Inputs) -> Inputs:
    return inputs | {"maxMessageSize": min(inputs["maxMessageSize"], _OLD_LARGEST_MESSAGE)}


def _keys_by_name(inputs: Inputs) -> Inputs:
    keys: Mapping[str, str] = {key["keyType"]: key["attributeName"] for key in inputs["keySchemas"]}
    named = {"hashKey": keys["HASH"]} | ({"rangeKey": keys["RANGE"]} if "RANGE" in keys else {})
    return _without("keySchemas")(inputs) | named


def _without(key: str) -> Callable[[Inputs], Inputs]:
    return lambda inputs: {name: value for name, value in inputs.items() if name != key}


TOO_OLD = (
    TooOld(
        kind="sqs.Queue",
        key="maxMessageSize",
        reason="SQS takes 1 MiB since August 2025; the old provider knows the old limit of 256 KiB.",
        change=_smaller,
        refused="expected max_message_size to be in the range (1024 - 262144), got 1048576",
    ),
    TooOld(
        kind="dynamodb.Table",
        key="keySchemas",
        within=("globalSecondaryIndexes",),
        reason="An index may have several keys of a kind since version 6; before, it had one hash key and one range key by name.",
        change=_keys_by_name,
    ),
    TooOld(
        kind="cloudwatch.MetricAlarm",
        key="warmUpConfiguration",
        reason="CloudWatch's warm-up of an alarm is newer than version 5.",
        change=_without("warmUpConfiguration"),
    ),
)
