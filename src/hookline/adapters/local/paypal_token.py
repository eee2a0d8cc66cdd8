"""Requests an access token for PayPal's API."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from hookline.adapters.local.https import HttpsRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["PAYPAL_HOSTS", "StatusOfTokenError", "paypal_token"]

PAYPAL_HOSTS: Final[Mapping[str, str]] = {"live": "api-m.paypal.com", "sandbox": "api-m.sandbox.paypal.com"}
"""The hosts by environment (https://developer.paypal.com/api/rest/requests/)."""
_TOKENS: Final = "/v1/oauth2/token"
_OK: Final = 200


class StatusOfTokenError(OSError):
    """PayPal gave no token. ``status`` is the status of its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status} for a token")
        self.status = status


def paypal_token(
    send: Callable[[HttpsRequest], tuple[int, bytes]], host: str, credentials: bytes, ends_at: float
) -> tuple[str, float]:
    """The token and for how many seconds it is valid. ``credentials`` are ``client_id:secret``.

    Raises StatusOfTokenError, and for an invalid answer ValueError, KeyError or TypeError.
    """
    headers = {
        "authorization": f"Basic {base64.b64encode(credentials).decode()}",
        "content-type": "application/x-www-form-urlencoded",
    }
    body = b"grant_type=client_credentials"
    status, answer = send(
        HttpsRequest(host=host, path=_TOKENS, method="POST", headers=headers, body=body, ends_at=ends_at)
    )
    if status != _OK:
        raise StatusOfTokenError(status)
    document = json.loads(answer)
    token = str(document["access_token"])
    if not token.isascii() or not token.isprintable():  # the token becomes part of a header
        raise ValueError("the token has characters that are not allowed in a header")
    return token, float(document.get("expires_in", 0))
