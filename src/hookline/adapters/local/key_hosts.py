"""Fetches senders' public keys from their hosts, each with its own API."""

from __future__ import annotations

import base64
import json
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlencode, urlsplit

from hookline.adapters.local.https import HttpsRequest
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference

__all__ = ["HOSTS", "KeyHost", "Send", "StatusError", "TokenCache"]

Send: TypeAlias = "Callable[[HttpsRequest], tuple[int, bytes]]"
TokenCache: TypeAlias = "dict[bytes, tuple[str, float]]"
"""Access tokens of a host, by the credentials that they were requested with, each with its end on the monotonic clock."""

_OK = 200
_UNKNOWN = frozenset({400, 403, 404, 410})
"""The statuses with which file hosts answer for a missing file: S3 answers 403."""
_UNKNOWN_TO_EBAY = frozenset({400, 404})
_CREDENTIALS_REFUSED = frozenset({None, "INVALID_API_KEYS", "UNAUTHORIZED_ENVIRONMENT"})
"""Plaid also answers 400 for these (https://plaid.com/docs/errors/invalid-input/). Our settings are wrong then: the sender must retry."""
_EBAY = "api.ebay.com"
_SPARE_SECONDS = 60.0
_PLAID = {"": "production.plaid.com", "sandbox": "sandbox.plaid.com"}


class StatusError(OSError):
    """The host answered with an unexpected status."""


@record
class KeyHost:
    """A host that has keys. ``key`` returns None when the host has no key of that name; it raises network and parsing errors."""

    host_of: Callable[[KeyReference], str]
    key: Callable[[Send, KeyReference, Sequence[Secret], TokenCache], bytes | None]


def _read(send: Send, request: HttpsRequest, *, unknown: Collection[int] = ()) -> bytes | None:
    """The answer's body, or None for a status that means that there is no such key. Raises StatusError for any other status."""
    status, body = send(request)
    if status == _OK:
        return body
    if status in unknown:
        return None
    raise StatusError(f"{request.host} answered {status}")


def _host_of_url(reference: KeyReference) -> str:
    return urlsplit(reference.name).hostname or ""


def _at_its_url(
    send: Send,
    reference: KeyReference,
    credentials: Sequence[Secret],  # noqa: ARG001 -- the shape of the others; this needs none
    tokens: TokenCache,  # noqa: ARG001 -- as above
) -> bytes | None:
    """The document at a URL that the scheme has checked to be the sender's own."""
    where = urlsplit(reference.name)
    if where.scheme != "https" or not where.hostname:
        raise ValueError(reference.provider)
    return _read(send, HttpsRequest(host=where.hostname, path=where.path, headers={}), unknown=_UNKNOWN)


def _ebay(send: Send, reference: KeyReference, credentials: Sequence[Secret], tokens: TokenCache) -> bytes | None:
    """https://developer.ebay.com/api-docs/commerce/notification/resources/public_key/methods/getPublicKey."""
    access = _ebay_token(send, credentials, tokens)
    request = HttpsRequest(
        host=_EBAY,
        path=f"/commerce/notification/v1/public_key/{reference.name}",
        headers={"authorization": f"Bearer {access}", "accept": "application/json"},
    )
    try:
        answer = _read(send, request, unknown=_UNKNOWN_TO_EBAY)
    except StatusError:
        tokens.clear()  # the token may have been revoked
        raise
    return None if answer is None else str(json.loads(answer)["key"]).encode()


def _ebay_token(send: Send, credentials: Sequence[Secret], tokens: TokenCache) -> str:
    """An application token, used until shortly before it expires: eBay limits the tokens of an application per day."""
    known = tokens.get(_first(credentials))
    if known is not None and known[1] > monotonic():
        return known[0]
    basic = base64.b64encode(_first(credentials)).decode()
    form = urlencode({"grant_type": "client_credentials", "scope": "https://api.ebay.com/oauth/api_scope"})
    token = _read(
        send,
        HttpsRequest(
            host=_EBAY,
            path="/identity/v1/oauth2/token",
            method="POST",
            headers={"authorization": f"Basic {basic}", "content-type": "application/x-www-form-urlencoded"},
            body=form.encode(),
        ),
    )
    document = json.loads(token or b"")
    access, seconds = str(document["access_token"]), float(document.get("expires_in", 0))
    tokens.clear()
    tokens[_first(credentials)] = access, monotonic() + seconds - _SPARE_SECONDS
    return access


def _plaid(
    send: Send,
    reference: KeyReference,
    credentials: Sequence[Secret],
    tokens: TokenCache,  # noqa: ARG001 -- as above
) -> bytes | None:
    """https://plaid.com/docs/api/webhooks/webhook-verification/#get-webhook-verification-key."""
    client, _, secret = _first(credentials).decode().partition(":")
    body = {"client_id": client, "secret": secret, "key_id": reference.name}
    request = HttpsRequest(
        host=_PLAID[reference.place],
        path="/webhook_verification_key/get",
        method="POST",
        headers={"content-type": "application/json"},
        body=json.dumps(body).encode(),
    )
    status, answer = send(request)
    if status == _OK:
        return json.dumps(json.loads(answer)["key"]).encode()
    error = json.loads(answer) if status in _UNKNOWN else None
    if isinstance(error, dict) and error.get("error_code") not in _CREDENTIALS_REFUSED:
        return None
    raise StatusError(f"{request.host} answered {status}")


def _first(credentials: Sequence[Secret]) -> bytes:
    return credentials[0].value if credentials else b""


HOSTS: Final[Mapping[str, KeyHost]] = {
    "adobe-io": KeyHost(host_of=_host_of_url, key=_at_its_url),
    "aws-sns": KeyHost(host_of=_host_of_url, key=_at_its_url),
    "ebay": KeyHost(host_of=lambda reference: _EBAY, key=_ebay),  # noqa: ARG005 -- it has one host
    "paypal": KeyHost(host_of=_host_of_url, key=_at_its_url),
    "plaid": KeyHost(host_of=lambda reference: _PLAID[reference.place], key=_plaid),
}
"""The hosts by scheme."""
