"""The validator's input when an operator retries a rejected request, and its answer.

A direct invocation has this payload, ``{"hookline_retry": {"v": 1, …}}``. No call through API Gateway has that key, because names that a
sender chooses are deeper in the gateway's event.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any  # Any: a document is JSON of any shape

from hookline.domain.quarantine import RejectedRequest
from hookline.domain.request import Headers, Request
from hookline.errors import OperatorError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RETRY_KEY", "RetryCall", "decode_retry", "encode_retry"]

RETRY_KEY = "hookline_retry"
_VERSION = 1


@record
class RetryCall:
    """A request to try again; it may be accepted even if it is ambiguous, or only be judged (``dry_run``)."""

    rejected: RejectedRequest
    accept_ambiguous: bool = False
    dry_run: bool = False


def encode_retry(call: RetryCall) -> bytes:
    """The payload for a rejected request, with its body in base64."""
    rejected, request = call.rejected, call.rejected.request
    document = {
        "v": _VERSION,
        "source": rejected.source,
        "code": rejected.code,
        "accept_ambiguous": call.accept_ambiguous,
        "dry_run": call.dry_run,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers.items(),
        "body": base64.b64encode(request.body).decode(),
        "received_at": request.received_at.isoformat(),
    }
    return json.dumps({RETRY_KEY: document}, separators=(",", ":")).encode()


def decode_retry(payload: Mapping[str, Any]) -> RetryCall:
    """The call from a payload with ``RETRY_KEY``.

    Raises OperatorError ``invocation_unknown`` for a payload that ``encode_retry`` did not write.
    """
    try:
        return _decoded(payload[RETRY_KEY])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise OperatorError(
            "invocation_unknown",
            "this rejected request has the form of another version of hookline: deploy the same version everywhere",
        ) from None


def _decoded(document: Mapping[str, Any]) -> RetryCall:
    if document["v"] != _VERSION:
        raise ValueError(document["v"])
    received_at = datetime.fromisoformat(document["received_at"])
    if received_at.tzinfo is None:
        raise ValueError(received_at)
    request = Request(
        method=str(document["method"]),
        path=str(document["path"]),
        query=str(document["query"]),
        headers=Headers((name.encode("latin-1"), value.encode("latin-1")) for name, value in document["headers"]),
        body=base64.b64decode(document["body"], validate=True),
        received_at=received_at,
    )
    rejected = RejectedRequest(source=str(document["source"]), code=str(document["code"]), request=request)
    return RetryCall(
        rejected=rejected,
        accept_ambiguous=document["accept_ambiguous"] is True,
        dry_run=document["dry_run"] is True,
    )
