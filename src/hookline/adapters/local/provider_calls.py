"""Calls an identity provider over HTTPS."""

from __future__ import annotations

from http.client import HTTPException
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from hookline.adapters.local.https import HttpsRequest, send
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HttpsProviderCalls"]

_SECONDS: Final = 8.0
_OK = 200


class HttpsProviderCalls:
    """Sends one request for each call, without redirects; an answer has at most 64 KiB and must be complete within 8 seconds."""

    def get(self, url: str, *, headers: Mapping[str, str]) -> bytes:
        """The body of the document at ``url``, an https URL. Raises UnavailableError ``login_unavailable``."""
        status, body = _call(url, "GET", {"accept": "application/json"} | dict(headers), None)
        if status != _OK:
            raise UnavailableError("login_unavailable", f"{urlsplit(url).hostname} answered {status}")
        return body

    def post(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The status and body of the answer. Raises UnavailableError ``login_unavailable`` if there is none."""
        own = {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"}
        return _call(url, "POST", own | dict(headers), urlencode(form).encode())


def _call(url: str, method: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes]:
    where = urlsplit(url)
    if where.scheme != "https" or not where.hostname:
        raise UnavailableError("login_unavailable", f"{url!r} is not an https URL")
    path = f"{where.path or '/'}{'?' + where.query if where.query else ''}"
    request = HttpsRequest(
        host=where.netloc.rpartition("@")[2],
        path=path,
        method=method,
        headers=headers,
        body=body,
        ends_at=monotonic() + _SECONDS,
    )
    try:
        return send(request)
    except (OSError, HTTPException, ValueError) as error:
        raise UnavailableError(
            "login_unavailable", f"{where.hostname} did not answer: {type(error).__name__}: {error}"
        ) from error
