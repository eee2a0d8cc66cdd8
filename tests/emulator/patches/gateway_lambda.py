"""API Gateway's side of a Lambda proxy integration: permission, timeout, the shape of the answer, and no details to the caller.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
MiniStack invokes any function, waits without a limit, and takes any answer.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from ministack.core import iam_evaluator  # type: ignore[import-untyped] # MiniStack carries no types
from ministack.services import apigateway_v1 as gateway  # type: ignore[import-untyped] # the same
from ministack.services import lambda_svc

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["patch"]

_SERVICE = "apigateway.amazonaws.com"
_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}


class _MalformedError(Exception):
    """The function failed, was not allowed to run, or gave something that is not an answer."""


def patch() -> None:
    """Invoke as API Gateway does."""
    gateway._invoke_lambda_proxy_v1 = _invoking(gateway._invoke_lambda_proxy_v1)
    gateway._lambda_proxy_response = _shaped


def _invoking(invoke: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """With the function's permission, and until the integration's timeout."""

    async def invoked(
        integration: Any, api_id: str, stage: str, variables: Any, resource: Any, *rest: Any, **scope: Any
    ) -> Any:
        method = rest[1]
        source = f"arn:aws:execute-api:{scope['owner_region']}:{scope['owner_account_id']}:{api_id}/{stage}/{method}{resource['path']}"
        if not _permitted(integration.get("uri", ""), source, scope["owner_account_id"], scope["owner_region"]):
            return gateway._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
        call = invoke(integration, api_id, stage, variables, resource, *rest, **scope)
        seconds = int(integration.get("timeoutInMillis") or 29_000) / 1000
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(call)), seconds)
        except TimeoutError:
            return gateway._gw_error("INTEGRATION_TIMEOUT", "Endpoint request timed out")
        except _MalformedError:
            return gateway._gw_error("DEFAULT_5XX", "Internal server error")

    return invoked


def _permitted(uri: str, source: str, account: str, region: str) -> bool:
    """Whether the function's own policy lets API Gateway invoke it for exactly this API, stage, method and path."""
    named = re.search(r"functions/(arn:[^/]+)/invocations", uri)
    policy = lambda_svc.function_policy_for_arn(named[1]) if named else None
    if named is None or policy is None:
        return False
    context = iam_evaluator.EvalContext(
        principal_arn=_SERVICE,
        principal_type="Service",
        principal_account=account,
        action="lambda:InvokeFunction",
        resource_arn=named[1],
        region=region,
        service_context={"aws:sourcearn": source, "aws:sourceaccount": account},
    )
    return bool(iam_evaluator.evaluate_resource_policy(policy[0], context, service=_SERVICE).decision == "Allow")


def _shaped(result: dict[str, Any]) -> tuple[Any, None]:
    """The function's answer, if it is one: an object with only these members and a whole number as its status."""
    answer = result.get("body")
    if result.get("error") or result.get("throttle") or not isinstance(answer, dict) or set(answer) - _MEMBERS:
        raise _MalformedError
    if not isinstance(answer.get("statusCode"), int) or not isinstance(answer.get("body", ""), str | None):
        raise _MalformedError
    return answer, None
