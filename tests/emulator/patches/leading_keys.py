"""IAM judges ``dynamodb:GetItem`` by the partition key that is asked for (``dynamodb:LeadingKeys``), which MiniStack does not know.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["patch"]

_keys: ContextVar[list[str]] = ContextVar("keys")
"""The partition keys of the call, on their way from the one function to the other."""


def patch() -> None:
    """Read the key, and judge by it."""
    iam_actions.extract_resource_arn = _reading(iam_actions.extract_resource_arn)
    iam_evaluator.enforce = _judging(iam_evaluator.enforce)


def _reading(extract: Callable[..., str]) -> Callable[..., str]:
    def extracted(service: str, method: str, path: str, headers: Any, body: bytes, *where: Any) -> str:  # handed on
        asked = json.loads(body or b"{}").get("Key", {}) if service == "dynamodb" else {}
        _keys.set([text for value in asked.values() for text in value.values() if isinstance(text, str)])
        return extract(service, method, path, headers, body, *where)

    return extracted


def _judging(enforce: Callable[..., Any]) -> Callable[..., Any]:
    def enforced(*arguments: Any, service_context: Any = None, **named: Any) -> Any:  # handed on
        keys = _keys.get([])
        context = {**(service_context or {}), **({"dynamodb:LeadingKeys": keys} if keys else {})}
        return enforce(*arguments, service_context=context, **named)

    return enforced
