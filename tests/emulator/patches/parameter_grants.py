"""IAM judges ``ssm:GetParameters`` by every parameter that is asked for, and ``ssm:PutParameter`` by ``ssm:Overwrite``.

MiniStack sees neither: it judges ``*``, and knows no such condition key.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["patch"]

_SEPARATOR = "\n"  # between the ARNs of one call, on their way from the one function to the other
_overwrites: ContextVar[bool | None] = ContextVar("overwrites", default=None)
"""What the call says about it, passed in the same way."""


def patch() -> None:
    """Name every parameter, and check each by the content of the call."""
    iam_actions.extract_resource_arn = _naming_each(iam_actions.extract_resource_arn)
    iam_evaluator.enforce = _judging_each(iam_evaluator.enforce)


def _naming_each(extract: Callable[..., str]) -> Callable[..., str]:
    def extracted(service: str, method: str, path: str, headers: Any, body: bytes, *where: Any) -> str:  # passed on
        said = json.loads(body or b"{}") if service == "ssm" else {}
        _overwrites.set(said.get("Overwrite"))
        names = said.get("Names")
        if not names:
            return extract(service, method, path, headers, body, *where)
        _, region, account = where
        return _SEPARATOR.join(f"arn:aws:ssm:{region}:{account}:parameter/{name.lstrip('/')}" for name in names)

    return extracted


def _judging_each(enforce: Callable[..., Any]) -> Callable[..., Any]:
    def enforced(
        *arguments: Any, resource_arn: str = "*", service_context: Any = None, **named: Any
    ) -> Any:  # passed on
        said = _overwrites.get()
        keys = {} if said is None else {"ssm:Overwrite": str(said).lower()}
        context = {**(service_context or {}), **keys}
        verdicts = (
            enforce(*arguments, resource_arn=arn, service_context=context, **named)
            for arn in resource_arn.split(_SEPARATOR)
        )
        return next((refusal for refusal in verdicts if refusal), None)

    return enforced
