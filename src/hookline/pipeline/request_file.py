"""A request in a file: JSON with method, url, headers and a body or a form."""

from __future__ import annotations

import base64
import binascii
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from hookline.domain.moment import LATEST_SECOND
from hookline.domain.request import Headers, Request
from hookline.errors import Complaint, ConfigError
from hookline.providers.bespoke.adyen import SIGNED_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["read_answer", "read_request", "received_at", "recorded"]

_FORM = "application/x-www-form-urlencoded"


def read_request(text: bytes, *, name: str, at: datetime) -> tuple[Request, str | None]:
    """The request, received ``at``, and the URL that it was sent to, without its query.

    ``headers`` are names with a text or a list of texts; ``body`` is text, ``body_base64`` bytes, ``form`` a list of pairs. If there is no
    ``url``, a ``crc_token`` is the query. Raises ConfigError when the file is not valid; complaints call it ``name``.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(name, f"is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise _wrong(name, "must hold an object with method, url, headers and body")
    if document.get("signed_string") is not None:
        document = _adyen_item(document, name)
    fields = list(_headers(document, name))
    if document.get("form") is not None and not any(field == b"content-type" for field, _ in fields):
        fields.append((b"content-type", _FORM.encode()))
    url, query = _url(document, name)
    return Request(
        method=_text(document, name, "method") or "POST",
        path="/",
        query=query,
        headers=Headers(fields),
        body=_body(document, name),
        received_at=at,
    ), url


def recorded(text: bytes, *, name: str, at: int | None = None) -> tuple[Request, str | None, bool]:
    """As ``read_request``, received at the second ``at`` or at ``now`` in the file; also returns whether either of them is set."""
    known = received_at(text) if at is None else at
    request, url = read_request(text, name=name, at=datetime.fromtimestamp(known or 0, UTC))
    return request, url, known is not None


def read_answer(text: bytes, name: str) -> str:
    """The answer that a recorded handshake got (``response_token``). Raises ConfigError when there is none."""
    document = json.loads(text)
    answer = _text(document, name, "response_token")
    if answer is None:
        raise _wrong(name, "has no response_token")
    return answer


def received_at(text: bytes) -> int | None:
    """The second since 1970 that the file has as ``now``. Other mistakes in the file are reported when the request is read."""
    with suppress(ValueError, RecursionError):
        document = json.loads(text)
        now = document.get("now") if isinstance(document, dict) else None
        return now if type(now) is int and 0 <= now < LATEST_SECOND else None
    return None


def _adyen_item(document: Mapping[str, object], name: str) -> dict[str, object]:
    """An Adyen body, built from the eight values that Adyen publishes as ``signed_string``, with its ``signature``."""
    parts = str(document["signed_string"]).split(":")
    if len(parts) != len(SIGNED_FIELDS):
        raise _wrong(name, f"signed_string must be {len(SIGNED_FIELDS)} values separated by colons")
    item: dict[str, object] = dict(zip(SIGNED_FIELDS, parts, strict=True))
    item["amount"] = {"value": item.pop("value"), "currency": item.pop("currency")}
    item["additionalData"] = {"hmacSignature": _text(document, name, "signature")}
    return {**document, "body": json.dumps({"notificationItems": [{"NotificationRequestItem": item}]})}


def _headers(document: Mapping[str, object], name: str) -> Iterator[tuple[bytes, bytes]]:
    headers = document.get("headers") or {}
    if not isinstance(headers, dict):
        raise _wrong(name, "headers must be an object of names and values")
    for header, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, str):
                raise _wrong(name, f"the header {header} must be text or a list of texts")
            yield header.lower().encode("utf-8", "surrogateescape"), _latin_1(one)


def _latin_1(text: str) -> bytes:
    """The original bytes of a header: Latin-1 where that is possible, UTF-8 otherwise."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _url(document: Mapping[str, object], name: str) -> tuple[str | None, str]:
    url = _text(document, name, "url")
    if not url:
        token = _text(document, name, "crc_token")
        return None, "" if token is None else urlencode({"crc_token": token})
    before, _, query = url.partition("#")[0].partition("?")
    return before, query


def _body(document: Mapping[str, object], name: str) -> bytes:
    form = document.get("form")
    if form is not None:
        if not isinstance(form, list) or not all(_is_pair(pair) for pair in form):
            raise _wrong(name, "form must be a list of pairs of texts")
        return urlencode([tuple(pair) for pair in form]).encode()
    encoded = _text(document, name, "body_base64")
    if encoded is not None:
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise _wrong(name, "body_base64 is not base64") from None
    return (_text(document, name, "body") or "").encode("utf-8", "surrogatepass")


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)  # noqa: PLR2004 -- a name and a value


def _text(document: Mapping[str, object], name: str, key: str) -> str | None:
    value = document.get(key)
    if value is not None and not isinstance(value, str):
        raise _wrong(name, f"{key} must be text")
    return value


def _wrong(name: str, why: str) -> ConfigError:
    return ConfigError([Complaint(where=name, why=why)])
