"""AWS JSON 1.0: the protocol of SDKs since 2023."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from hookline.sqs_api.actions import ACTIONS
from hookline.sqs_api.parameters import Parameters
from hookline.sqs_api.wire_errors import NOT_JSON, UNKNOWN_OPERATION, UNSUPPORTED_OPERATION, SqsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.sqs_api.calls import Answer

__all__ = ["JsonProtocol"]

_TARGET = "AmazonSQS."


class JsonProtocol:
    """The JSON protocol: the action is in ``X-Amz-Target``, parameters and answer are JSON objects."""

    media_type = "application/x-amz-json-1.0"
    """The media type of a request and of its answer."""

    def read(self, headers: Mapping[str, str], path: str, body: bytes) -> tuple[str, Parameters]:
        """The name of an existing action, and its parameters; raises SqsError."""
        del path  # SDKs post to the endpoint's root or to the queue's URL, and the body names the queue
        return _named(headers.get("x-amz-target", "")), _parameters(body)

    def success(self, action: str, answer: Answer, request_id: str) -> bytes:
        """The body of an answer."""
        del action, request_id  # the header has the id
        return orjson.dumps(answer)

    def failure(self, error: SqsError, request_id: str) -> bytes:
        """The body of an error."""
        del request_id
        return orjson.dumps({"__type": error.kind.shape, "message": error.detail})

    def failure_headers(self, error: SqsError) -> dict[str, str]:
        """The error's code in the older query protocol, which SDKs still show."""
        return {"x-amzn-query-error": f"{error.kind.code};{error.kind.blame}"}


def _named(target: str) -> str:
    if not target.startswith(_TARGET):
        raise SqsError(UNKNOWN_OPERATION, f"The X-Amz-Target header must be {_TARGET} and the name of an action.")
    name = target.removeprefix(_TARGET)
    if name not in ACTIONS:
        raise SqsError(UNSUPPORTED_OPERATION, f"There is no such action; there are {', '.join(ACTIONS)}.")
    return name


def _parameters(body: bytes) -> Parameters:
    """The parameters in ``body``; an empty body has none."""
    try:
        values = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise SqsError(NOT_JSON, "The body is not JSON.") from None
    if not isinstance(values, dict):
        raise SqsError(NOT_JSON, "The body is not a JSON object.")
    return Parameters(values)
