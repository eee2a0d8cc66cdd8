"""IAM judges calls on DynamoDB's items by their partition keys (``dynamodb:LeadingKeys``), which MiniStack does not know.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import json
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-untyped] # MiniStack carries no types
from ministack.services import dynamodb  # type: ignore[import-untyped] # the same

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["patch"]

_EQUAL = re.compile(r"([#\w]+)\s*=\s*(:\w+)")

_keys: ContextVar[list[str]] = ContextVar("keys")
"""The partition keys of the call, passed from one function to the other."""


def patch() -> None:
    """Read the key, and check the rights with it."""
    iam_actions.extract_resource_arn = _reading(iam_actions.extract_resource_arn)
    iam_evaluator.enforce = _judging(iam_evaluator.enforce)


def _reading(extract: Callable[..., str]) -> Callable[..., str]:
    def extracted(service: str, method: str, path: str, headers: Any, body: bytes, *where: Any) -> str:  # passed on
        _keys.set(_leading(json.loads(body or b"{}")) if service == "dynamodb" else [])
        return extract(service, method, path, headers, body, *where)

    return extracted


def _leading(asked: dict[str, Any]) -> list[str]:  # as a client sends it
    """The partition keys of a call on one item, or of a query of a table or of one of its local indexes."""
    name = _partition_key(asked.get("TableName", ""))
    found = asked.get("Key") or asked.get("Item") or _equal(asked)
    value = None if name is None else found.get(name)
    return [str(text) for text in value.values()] if isinstance(value, dict) else []


def _partition_key(table: str) -> str | None:
    for (_, _, name), known in dynamodb._tables.all_items():
        if name == table.rpartition("/")[2]:
            keys: list[str] = [key["AttributeName"] for key in known["KeySchema"] if key["KeyType"] == "HASH"]
            return keys[0]
    return None


def _equal(asked: dict[str, Any]) -> dict[str, Any]:  # as above
    """What a query's condition asks to be equal, by attribute."""
    names, values = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
    pairs = _EQUAL.findall(asked.get("KeyConditionExpression", ""))
    return {names.get(name, name): values.get(value) for name, value in pairs}


def _judging(enforce: Callable[..., Any]) -> Callable[..., Any]:
    def enforced(*arguments: Any, service_context: Any = None, **named: Any) -> Any:  # passed on
        keys = _keys.get([])
        context = {**(service_context or {}), **({"dynamodb:LeadingKeys": keys} if keys else {})}
        return enforce(*arguments, service_context=context, **named)

    return enforced
