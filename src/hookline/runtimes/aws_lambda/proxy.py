"""Translates API Gateway's REST proxy events (payload format 1.0) into requests, and answers into its form.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from hookline.domain.request import Headers, Request
from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from hookline.runtimes.answers import Answer

__all__ = ["caller_address", "gateway_request_id", "proxy_answer", "read_request"]

_SET_BY_THE_GATEWAY = b"content-length"
"""The headers that the gateway sets itself: it computes the length, and would rename a length from hookline."""


def read_request(event: object, received_at: datetime) -> Request:
    """The request in ``event``, with the exact bytes of its body. Raises Rejected ``malformed_request`` for any other event.

    The path is that of the resource, because ``path`` begins with the base path of a custom domain, if there is one.
    The query is made from the gateway's decoded pairs, so the sender may have encoded it in another way.
    """
    if not isinstance(event, dict):
        raise _malformed()
    method, path = event.get("httpMethod"), event.get("resource")
    if isinstance(called := event.get("path"), str) and "//" in called:
        path = called  # unknown, as in the other home: a gateway that merges slashes would change it to a known path
    if not isinstance(method, str) or not isinstance(path, str):
        raise _malformed()
    return Request(
        method=_whole(method),
        path=_whole(path),
        query=urlencode(list(_pairs(event, "multiValueQueryStringParameters", "queryStringParameters"))),
        headers=Headers((_bytes(name), _bytes(value)) for name, value in _pairs(event, "multiValueHeaders", "headers")),
        body=_body(event.get("body"), encoded=event.get("isBase64Encoded") is True),
        received_at=received_at,
    )


def gateway_request_id(event: object) -> str | None:
    """The id of the call in API Gateway's access log."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    found = context.get("requestId") if isinstance(context, dict) else None
    return found if isinstance(found, str) else None


def caller_address(event: object) -> str:
    """The caller's address as the gateway reports it; "" when it does not."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    identity = context.get("identity") if isinstance(context, dict) else None
    found = identity.get("sourceIp") if isinstance(identity, dict) else None
    return found if isinstance(found, str) else ""


def proxy_answer(answer: Answer) -> dict[str, object]:
    """The answer in API Gateway's form; a repeated header is in ``multiValueHeaders``."""
    values: dict[str, list[str]] = {}
    for name, value in answer.headers:
        if name != _SET_BY_THE_GATEWAY:
            values.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return {
        "statusCode": answer.status,
        "headers": {name: found[0] for name, found in values.items() if len(found) == 1},
        "multiValueHeaders": {name: found for name, found in values.items() if len(found) > 1},
        "body": answer.body.decode(),
        "isBase64Encoded": False,
    }


def _pairs(event: Mapping[object, object], many: str, one: str) -> Iterator[tuple[str, str]]:
    """The pairs of names and values with repeats; a test event from the console may have only single values."""
    values = event.get(many)
    if values is None:
        singles = _mapping(event.get(one))
        values = {name: [value] for name, value in singles.items()}
    for name, repeats in _mapping(values).items():
        for value in repeats if isinstance(repeats, list) else [repeats]:
            if not isinstance(name, str) or not isinstance(value, str):
                raise _malformed()
            yield _whole(name), _whole(value)


def _mapping(value: object) -> Mapping[object, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _malformed()
    return value


def _whole(text: str) -> str:
    """The text. Raises Rejected where it has a lone surrogate, which no HTTP call can have."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _malformed() from None
    return text


def _bytes(text: str) -> bytes:
    """The received bytes of a header: Latin-1, or UTF-8 where the gateway decoded them as UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _body(value: object, *, encoded: bool) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str):
        raise _malformed()
    try:
        return base64.b64decode(value, validate=True) if encoded else value.encode()
    except (binascii.Error, ValueError):
        raise _malformed() from None


def _malformed() -> Rejected:
    return Rejected("malformed_request", "this is not a request in API Gateway's format for REST APIs (format 1.0)")
