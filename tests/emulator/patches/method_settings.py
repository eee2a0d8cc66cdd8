"""The settings of one method are at one key, whether its path was written with the leading slash (``~1hook/POST``) or without it.

"Keys are defined as {resource_path}/{http_method} for an individual method override, or */* for overriding all methods in the stage."
https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html, https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
MiniStack keeps two. Terraform's AWS provider, and so Pulumi's, reads the one without the slash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import apigateway_v1 as gateway  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

    Operation = dict[str, Any]
    Apply = Callable[[dict[str, Any], Operation], bool]

__all__ = ["patch"]

_SLASH = "/~1"


def patch() -> None:
    """Take the slash away before the path is read."""
    gateway._try_apply_method_settings_patch = _without_slash(gateway._try_apply_method_settings_patch)


def _without_slash(apply: Apply) -> Apply:
    def applied(stage: dict[str, Any], operation: Operation) -> bool:
        path = operation.get("path") or ""
        named = path.startswith(_SLASH) and not path.startswith(f"{_SLASH}/")  # which is the API's root
        return apply(stage, operation | {"path": f"/{path.removeprefix(_SLASH)}"} if named else operation)

    return applied
