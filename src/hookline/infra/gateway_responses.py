"""The answers that API Gateway itself gives: the same problem documents as hookline's, with the same stable codes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.error_codes import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RESPONSES", "GatewayResponse"]

_RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayResponse:
    """One answer of the gateway; ``status`` None keeps the gateway's status, and the document has none then."""

    kind: str
    code: str
    status: int | None
    retry_after: int | None = None

    @property
    def document(self) -> str:
        """The body. API Gateway would treat a dollar sign as a variable, so no code's text has one."""
        meaning = CODES[self.code]
        problem: dict[str, object] = {
            "type": f"urn:hookline:error:{self.code}",
            "title": meaning.title,
            **({} if self.status is None else {"status": self.status}),
            "code": self.code,
            "detail": meaning.title,
            "remedy": meaning.remedy,
        }
        return json.dumps(problem)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers as API Gateway writes constants, in single quotes."""
        retry = {} if self.retry_after is None else {"gatewayresponse.header.Retry-After": f"'{self.retry_after}'"}
        return {"gatewayresponse.header.Content-Type": "'application/problem+json'", **retry}


def _told(kind: str, code: str) -> GatewayResponse:
    return GatewayResponse(kind=kind, code=code, status=CODES[code].status)


def _later(kind: str, code: str) -> GatewayResponse:
    return GatewayResponse(kind=kind, code=code, status=CODES[code].status, retry_after=_RETRY_AFTER_SECONDS)


RESPONSES: tuple[GatewayResponse, ...] = (
    _told("MISSING_AUTHENTICATION_TOKEN", "unknown_path"),  # the gateway's name for an unknown path or method
    _told("RESOURCE_NOT_FOUND", "unknown_path"),
    _told("BAD_REQUEST_BODY", "schema_mismatch"),
    _told("BAD_REQUEST_PARAMETERS", "malformed_request"),
    _told("REQUEST_TOO_LARGE", "body_too_large"),
    _told("UNSUPPORTED_MEDIA_TYPE", "unsupported_media_type"),
    _later("THROTTLED", "too_many_requests"),
    _later("QUOTA_EXCEEDED", "too_many_requests"),
    _later("INTEGRATION_FAILURE", "internal_fault"),
    _later("INTEGRATION_TIMEOUT", "deadline_reached"),
    GatewayResponse(kind="DEFAULT_4XX", code="request_refused", status=None),
    _later("DEFAULT_5XX", "internal_fault"),
)
"""Every answer that a sender can get from the gateway itself."""
