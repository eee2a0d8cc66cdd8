"""Asks senders' APIs over HTTPS whether they sent a call; the hosts are fixed here."""

from __future__ import annotations

import json
from http.client import HTTPException
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.adapters.local.https import HttpsRequest, send
from hookline.adapters.local.paypal_token import PAYPAL_HOSTS, paypal_token
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.secret import Secret
    from hookline.domain.source import ConfirmationQuestion

__all__ = ["HttpsConfirmations"]

_SECONDS: Final = 4.0
"""The time for the token and the answer together."""
_SPARE_SECONDS: Final = 60.0
_OK: Final = 200
_UNAUTHORIZED: Final = 401
_HOSTS: Final[Mapping[tuple[str, str], str]] = {("paypal", place): host for place, host in PAYPAL_HOSTS.items()}
"""The API hosts by scheme and environment (live or test)."""
_VERDICTS: Final = "/v1/notifications/verify-webhook-signature"
"""https://developer.paypal.com/docs/api/webhooks/v1/#verify-webhook-signature_post."""
_ANSWERS: Final[Mapping[object, bool]] = {"SUCCESS": True, "FAILURE": False}


class HttpsConfirmations:
    """Confirmations from PayPal. A token is used until shortly before it expires. Usable from any thread.

    ``seconds_left`` returns the time left for the current request; None means no deadline.
    """

    def __init__(
        self,
        *,
        send: Callable[[HttpsRequest], tuple[int, bytes]] = send,
        seconds_left: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._send = send
        self._seconds_left = seconds_left
        self._tokens: dict[tuple[str, bytes], tuple[str, float]] = {}
        self._lock = Lock()

    def confirm(self, question: ConfirmationQuestion, credentials: Secret) -> bool:
        """Whether the sender confirms the call, after at most 4 seconds. Raises UnavailableError for any answer except its yes and no."""
        host = _HOSTS[question.provider, question.place]
        left = self._seconds_left()
        ends_at = monotonic() + (_SECONDS if left is None else min(_SECONDS, left))
        try:
            return self._verdict(host, question.body, credentials.value, ends_at)
        except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnavailableError(
                "confirmation_unavailable",
                f"{host} did not confirm whether it sent the call: {str(error) or type(error).__name__}",
            ) from error

    def forget(self) -> None:
        """Forget the token: the next call requests a new one."""
        with self._lock:
            self._tokens.clear()

    def _verdict(self, host: str, body: bytes, credentials: bytes, ends_at: float) -> bool:
        token = self._token(host, credentials, ends_at)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        status, answer = self._send(
            HttpsRequest(host=host, path=_VERDICTS, method="POST", headers=headers, body=body, ends_at=ends_at)
        )
        if status == _UNAUTHORIZED:
            with self._lock:  # the token may have been revoked
                self._tokens.pop((host, credentials), None)
        if status != _OK:
            raise OSError(f"status {status}")
        return _ANSWERS[json.loads(answer).get("verification_status")]

    def _token(self, host: str, credentials: bytes, ends_at: float) -> str:
        with self._lock:
            known = self._tokens.get((host, credentials))
        if known is not None and known[1] > monotonic():
            return known[0]
        token, seconds = paypal_token(self._send, host, credentials, ends_at)
        with self._lock:
            self._tokens[host, credentials] = token, monotonic() + seconds - _SPARE_SECONDS
        return token
