"""Fetches URLs over HTTPS."""

from __future__ import annotations

from http.client import HTTPException
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hookline.adapters.local.https import HttpsRequest, send
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HttpsUrlFetcher"]

_SECONDS: Final = 3.0
_OK = 200


class HttpsUrlFetcher:
    """Sends one GET without redirects and reads only the status of the answer, which must arrive within 3 seconds.

    ``seconds_left`` returns the time left for the current request; None means no deadline.
    """

    def __init__(self, *, seconds_left: Callable[[], float | None] = lambda: None) -> None:
        self._seconds_left = seconds_left

    def fetch(self, url: str) -> None:
        """Fetch ``url``, which must be an https URL."""
        where, left = urlsplit(url), self._seconds_left()
        ends_at = monotonic() + (_SECONDS if left is None else min(_SECONDS, left))
        path = f"{where.path or '/'}?{where.query}"
        try:
            status, _ = send(HttpsRequest(host=where.netloc, path=path, headers={}, ends_at=ends_at))
        except (OSError, HTTPException) as error:
            raise UnavailableError(
                "visit_failed", f"{where.hostname} did not answer: {type(error).__name__}: {error}"
            ) from error
        if status != _OK:
            raise UnavailableError("visit_failed", f"{where.hostname} answered {status}")
