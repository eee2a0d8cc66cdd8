"""Finds the IAM right that a call needs, and the missing right where AWS refused a call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

__all__ = ["DENIED", "SERVICE", "missing_right", "note_service", "right_of"]

DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException"})
"""The error codes with which services say that a right is missing."""

SERVICE: Final = "HooklineService"
"""The key in an error answer under which the service's name is stored: botocore's errors have only the operation."""

_PREFIXES: Final[Mapping[str, str]] = {"monitoring": "cloudwatch"}
_NAMES: Final[Mapping[str, str]] = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
}
"""Rights whose names differ from their operations. https://docs.aws.amazon.com/service-authorization/latest/reference/"""

_SAID: Final = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")
_READ: Final = "Get"


def right_of(service: str, operation: str) -> str:
    """The right that an operation needs; ``service`` is the name that its calls are signed for."""
    if service == "apigateway" and operation.startswith(_READ):
        return "apigateway:GET"
    name = f"{_PREFIXES.get(service, service)}:{operation}"
    return _NAMES.get(name, name)


def missing_right(error: ClientError) -> str | None:
    """The right that AWS reports as missing, or that the call needs; None for an error of another kind."""
    described = error.response.get("Error", {})
    if str(described.get("Code", "")).rpartition("#")[2] not in DENIED:
        return None
    needed = right_of(str(error.response.get("ResponseMetadata", {}).get(SERVICE, "aws")), error.operation_name)
    said = _SAID.search(str(described.get("Message", "")))
    return needed if said is None or said[1].lower() == needed.lower() else said[1]


def note_service(parsed: dict[str, Any], model: Any, **_: object) -> None:  # botocore's own
    """Called by botocore after each call: write the service's name into an error answer."""
    if "Error" in parsed:
        parsed.setdefault("ResponseMetadata", {})[SERVICE] = model.service_model.signing_name
