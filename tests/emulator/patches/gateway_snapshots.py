"""API Gateway serves what was deployed, not what has been changed since: a stage answers from its deployment's snapshot.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
MiniStack serves the live tree, so that a method that was left out of the deployment would work there and not on AWS.
"""

from __future__ import annotations

import contextvars
import copy
from typing import TYPE_CHECKING, Any

from ministack.core.responses import (  # type: ignore[import-untyped] # MiniStack carries no types
    AccountRegionScopedDict,
)
from ministack.services import apigateway_v1 as gateway  # type: ignore[import-untyped] # the same

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Snapshot = dict[int, Any]  # by the store's identity: the API's part of it

__all__ = ["patch"]

_taken: dict[tuple[str, str], Snapshot] = {}
_served: contextvars.ContextVar[Snapshot | None] = contextvars.ContextVar("served", default=None)


class _Deployed(AccountRegionScopedDict):  # type: ignore[misc] # the class is untyped
    """A store that answers from the snapshot while a stage is served, and otherwise as usual."""

    __slots__ = ()

    def get(self, key: str, default: object = None) -> object:
        snapshot = _served.get()
        return super().get(key, default) if snapshot is None else snapshot.get(id(self), default)


def patch() -> None:
    """Take a snapshot with every deployment, and serve it."""
    for store in _stores():
        store.__class__ = _Deployed
    gateway._create_deployment = _snapshotting(gateway._create_deployment)
    gateway._execute_in_scope = _serving(gateway._execute_in_scope)


def _stores() -> list[Any]:
    return [gateway._rest_apis, gateway._resources, gateway._models, gateway._request_validators]


def _snapshotting(create: Callable[..., Any]) -> Callable[..., Any]:
    def created(api_id: str, request: dict[str, Any]) -> Any:  # MiniStack's answer, unchanged
        answer = create(api_id, request)
        newest = list(gateway._deployments_v1.get(api_id, {}))[-1:]
        for deployment_id in newest:
            parts = {id(store): copy.deepcopy(store.get(api_id, {})) for store in _stores()}
            _taken.setdefault((api_id, deployment_id), parts)
        return answer

    return created


def _serving(execute: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def executed(request: Any, api_id: str, stage_name: str, *arguments: Any, **named: Any) -> Any:  # passed on
        stage = gateway._stages_v1.get(api_id, {}).get(stage_name, {})
        token = _served.set(_taken.get((api_id, stage.get("deploymentId"))))
        try:
            return await execute(request, api_id, stage_name, *arguments, **named)
        finally:
            _served.reset(token)

    return executed
