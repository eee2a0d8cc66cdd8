"""API Gateway's request models: which content types are checked, and which names and references it takes.

"If no matching content type is found, request validation is not performed. To use the same model regardless of the content
type, set the content type to $default." https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
MiniStack checks the application/json model against every body, and takes names that the service refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import apigateway_v1 as gateway  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["patch"]

_BUILT_IN = {"Empty", "Error"}


def patch() -> None:
    """Check as the service does."""
    gateway._check_request_validation = _by_content_type(gateway._check_request_validation)
    gateway._create_model = _with_letters_and_digits(gateway._create_model)
    gateway._put_method = _with_known_models(gateway._put_method)


def _by_content_type(check: Callable[..., Any]) -> Callable[..., Any]:
    def checked(method: dict[str, Any], api_id: str, request: Any, headers: Any, *rest: Any) -> Any:  # passed on
        models = method.get("requestModels") or {}
        sent = (gateway._header_ci(headers, "content-type") or "application/json").split(";", 1)[0].strip().lower()
        model = models.get(sent, models.get("$default"))
        fitting = method | {"requestModels": {} if model is None else {"application/json": model}}
        return check(fitting, api_id, request, headers, *rest)

    return checked


def _with_letters_and_digits(create: Callable[..., Any]) -> Callable[..., Any]:
    def created(api_id: str, request: dict[str, Any]) -> Any:  # MiniStack's answer
        name = request.get("name", "")
        if not (name.isascii() and name.isalnum()):
            return gateway._v1_error("BadRequestException", f"Model name must be alphanumeric: {name}", 400)
        return create(api_id, request)

    return created


def _with_known_models(put: Callable[..., Any]) -> Callable[..., Any]:
    def added(api_id: str, resource_id: str, http_method: str, request: dict[str, Any]) -> Any:  # MiniStack's answer
        known = _BUILT_IN | set(gateway._models.get(api_id, {}))
        for name in (request.get("requestModels") or {}).values():
            if name not in known:
                return gateway._v1_error("BadRequestException", f"Invalid model identifier specified: {name}", 400)
        return put(api_id, resource_id, http_method, request)

    return added
