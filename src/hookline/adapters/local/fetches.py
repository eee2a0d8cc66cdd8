"""Fetches the records of events from senders' APIs over HTTPS; the hosts are fixed here."""

from __future__ import annotations

from http.client import HTTPException
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.adapters.local.https import HttpsRequest, exchange
from hookline.domain.fetch import FetchAnswer
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.adapters.local.https import HttpsAnswer
    from hookline.domain.fetch import FetchQuestion

__all__ = ["HttpsFetches"]

_SECONDS: Final = 5.0
_LONGEST: Final = 512 * 1024
"""The longest answer in bytes: a payment with all its items has some tens of thousands."""
_MOST_DIGITS: Final = 9
_HOSTS: Final[Mapping[tuple[str, str], str]] = {
    ("gocardless", "live"): "api.gocardless.com",
    ("gocardless", "sandbox"): "api-sandbox.gocardless.com",
    ("mercado-pago", "live"): "api.mercadopago.com",
    ("mollie", "live"): "api.mollie.com",
    ("mollie-classic", "live"): "api.mollie.com",
}
"""The API hosts by scheme and environment. Mercado Pago and Mollie have one host each: the token decides whether it is a test."""


class HttpsFetches:
    """Sends one GET for each record, to public addresses only, without redirects; at most 512 KiB in at most 5 seconds.

    ``seconds_left`` returns the time left for the current request; None means no deadline.
    """

    def __init__(
        self,
        *,
        exchange: Callable[..., HttpsAnswer] = exchange,
        seconds_left: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._exchange = exchange
        self._seconds_left = seconds_left

    def fetch(self, question: FetchQuestion) -> FetchAnswer:
        """The API's answer. Raises UnavailableError ``fetch_unavailable`` if there is none."""
        host = _HOSTS[question.provider, question.place]
        left = self._seconds_left()
        request = HttpsRequest(
            host=host,
            path=question.path,
            headers={"accept": "application/json"} | dict(question.headers),
            ends_at=monotonic() + (_SECONDS if left is None else min(_SECONDS, left)),
            only_public=True,
        )
        try:
            answer = self._exchange(request, longest=_LONGEST + 1)
        except (OSError, HTTPException, ValueError) as error:
            raise UnavailableError(
                "fetch_unavailable", f"{host} did not answer: {str(error) or type(error).__name__}"
            ) from error
        return FetchAnswer(
            status=answer.status,
            body=answer.body[:_LONGEST],
            retry_after=_seconds(answer.headers.get("retry-after")),
            is_whole=len(answer.body) <= _LONGEST,
        )


def _seconds(text: str | None) -> float | None:
    """The seconds of Retry-After (RFC 9110 section 10.2.3). A date is ignored, because these senders do not write one."""
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return float(text[:_MOST_DIGITS]) if len(text) <= _MOST_DIGITS else None
