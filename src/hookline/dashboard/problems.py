"""Makes problem documents (RFC 9457) for hookline's own errors."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import orjson
from starlette.responses import Response

from hookline.errors import OperatorError, PatternError, Rejected, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.errors import HooklineError

__all__ = ["as_shown", "problem_document", "problem_response", "status_of"]

_STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "aws_access_denied": 403,
        "not_found": 404,
        "event_erased": 410,
        "config_invalid": 400,
        "pattern_invalid": 400,
        "secret_unusable": 400,
        "time_range_missing": 400,
    }
)
"""The status of operators' faults, whose codes have no status because no sender gets them."""

_CONFLICT: Final = 409


def status_of(error: HooklineError) -> int:
    """The HTTP status: 4xx for a fault of the caller, 409 if the present state does not allow it, 503 for a temporary fault."""
    if isinstance(error, Rejected | UnavailableError):
        return error.status
    return _STATUS.get(error.code, _CONFLICT)


def as_shown(error: HooklineError) -> HooklineError:
    """The error for a caller: if the home's own credentials lack a right, with the name of that right."""
    if error.missing_right is None:
        return error
    return OperatorError("aws_access_denied", f"not known here: access denied to {error.missing_right}")


def problem_document(error: HooklineError) -> dict[str, object]:
    """The stable code, what is wrong, and what to do. A fault of hookline is explained only in the log."""
    document: dict[str, object] = {
        "type": f"urn:hookline:error:{error.code}",
        "title": error.title,
        "status": status_of(error),
        "code": error.code,
        "detail": error.title if error.code == "internal_fault" else error.detail,
        "remedy": error.remedy,
    }
    if isinstance(error, Rejected | PatternError) and error.complaints:
        document["errors"] = [{"pointer": one.where, "reason": one.why} for one in error.complaints]
    return document


def problem_response(error: HooklineError) -> Response:
    """The problem document as an answer."""
    error = as_shown(error)
    headers = {"cache-control": "no-store"}
    if isinstance(error, UnavailableError):
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, Rejected) and error.allowed:
        headers["allow"] = ", ".join(error.allowed)
    body = orjson.dumps(problem_document(error))
    return Response(body, status_code=status_of(error), headers=headers, media_type="application/problem+json")
