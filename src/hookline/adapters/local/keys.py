"""Senders' public keys, fetched over HTTPS from the senders' own hosts and from nowhere else, and kept for a day."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlencode, urlsplit

from hookline.errors import Rejected, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.source import KeyReference, Secret
    from hookline.ports.clock import Clock
    from hookline.ports.keys import Keys

__all__ = ["GivenKeys", "HttpsKeys", "Question", "ask"]

_SECONDS = 2.0
_LONGEST = 64 * 1024  # bytes of an answer: a certificate has about 2 KiB
_KEPT = timedelta(days=1)
_REFUSED = timedelta(minutes=1)
"""How long a key that the sender's host does not know is not asked for again."""
_MOST = 256  # keys: a sender has a handful
_MOST_REFUSED = 64
"""Names a minute that a sender's host did not know: who writes nonsense into a header must neither fill the memory, nor push out keys
that are known, nor have us ask so often that the host answers nobody."""
_OK = 200
_UNKNOWN = frozenset({400, 403, 404, 410})
"""What hosts answer that serve files: S3 says 403 for one that is not there."""
_UNKNOWN_TO_EBAY = frozenset({400, 404})
_CREDENTIALS_REFUSED = frozenset({None, "INVALID_API_KEYS", "UNAUTHORIZED_ENVIRONMENT"})
"""Plaid answers 400 to these too (https://plaid.com/docs/errors/invalid-input/): ours is the fault, and the sender must try again."""
_EBAY = "api.ebay.com"
_PLAID = {"": "production.plaid.com", "sandbox": "sandbox.plaid.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One HTTPS request to a host that is pinned here or in the sender's scheme."""

    host: str
    path: str
    method: str = "GET"
    headers: Mapping[str, str]
    body: bytes | None = None


Asks: TypeAlias = "Callable[[Question], tuple[int, bytes]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    key: bytes
    until: datetime


def ask(question: Question) -> tuple[int, bytes]:
    """Status and body; no redirection is followed. Raises OSError or HTTPException when nothing usable comes within 2 seconds."""
    from http.client import HTTPSConnection  # noqa: PLC0415 -- only a source whose sender publishes its key needs it

    connection = HTTPSConnection(question.host, timeout=_SECONDS)
    try:
        connection.request(question.method, question.path, body=question.body, headers=dict(question.headers))
        answer = connection.getresponse()
        return answer.status, answer.read(_LONGEST)
    finally:
        connection.close()


class HttpsKeys:
    """Fetches a key once a day, and remembers for a minute which names the sender's host does not know."""

    def __init__(self, clock: Clock, *, ask: Asks = ask) -> None:
        self._clock = clock
        self._ask = ask
        self._kept: dict[KeyReference, _Kept] = {}
        self._refused: dict[KeyReference, datetime] = {}
        self._lock = Lock()

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:
        """The key.

        Raises Rejected when the sender's host knows none of that name, UnavailableError ``keys_unavailable`` when it does not answer,
        or when too many names that it does not know were asked for.
        """
        now = self._clock.steady()
        with self._lock:
            kept = self._kept.get(reference)
            if kept is None:
                self._check_refused(reference, now)
        if kept is None or kept.until <= now:
            kept = self._fetched(reference, credentials, now)
        return kept.key

    def _fetched(self, reference: KeyReference, credentials: Sequence[Secret], now: datetime) -> _Kept:
        key = self._asked(reference, credentials)
        with self._lock:
            if key is None:
                self._kept.pop(reference, None)
                self._refused[reference] = now + _REFUSED
                raise _unknown(reference)
            if reference not in self._kept and len(self._kept) >= _MOST:
                self._kept.pop(next(iter(self._kept)))
            kept = self._kept[reference] = _Kept(key=key, until=now + _KEPT)
        return kept

    def _check_refused(self, reference: KeyReference, now: datetime) -> None:
        """Refuse a name that was unknown a moment ago, and every new one while there are too many of those."""
        if self._refused.get(reference, now) > now:
            raise _unknown(reference)
        if len(self._refused) >= _MOST_REFUSED:
            self._refused = {one: until for one, until in self._refused.items() if until > now}
        if len(self._refused) >= _MOST_REFUSED:
            raise UnavailableError("keys_unavailable", "too many keys that no sender has were asked for")

    def _asked(self, reference: KeyReference, credentials: Sequence[Secret]) -> bytes | None:
        """The key, or None when the host knows none of that name."""
        from http.client import HTTPException  # noqa: PLC0415 -- as above

        try:
            return _ASK[reference.provider](self._ask, reference, credentials)
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(
                "keys_unavailable", f"the key of {reference.provider} was not to be had: {type(error).__name__}"
            ) from error


def _unknown(reference: KeyReference) -> Rejected:
    return Rejected("signature_mismatch", f"{reference.provider} knows no key of the name that the request gives")


class GivenKeys:
    """Keys of some senders that the operator gave, whatever a call names; the others' are fetched."""

    def __init__(self, given: Mapping[str, bytes], others: Keys) -> None:
        self._given = dict(given)
        self._others = others

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:
        """The key; raises as the port says."""
        return self._given.get(reference.provider) or self._others.fetch(reference, credentials)


def _read(ask: Asks, question: Question, *, unknown: Collection[int] = ()) -> bytes | None:
    """The answer's body, or None for a status that says that there is no such thing. Raises OSError for any other."""
    status, body = ask(question)
    if status == _OK:
        return body
    if status in unknown:
        return None
    raise OSError(f"{question.host} answered {status}")


def _at_its_url(
    ask: Asks,
    reference: KeyReference,
    credentials: Sequence[Secret],  # noqa: ARG001 -- the shape of the others; this needs none
) -> bytes | None:
    """What stands at the URL that the scheme has found to be the sender's own."""
    where = urlsplit(reference.name)
    if where.scheme != "https" or not where.hostname:
        raise ValueError(reference.provider)
    return _read(ask, Question(host=where.hostname, path=where.path, headers={}), unknown=_UNKNOWN)


def _ebay(ask: Asks, reference: KeyReference, credentials: Sequence[Secret]) -> bytes | None:
    """https://developer.ebay.com/api-docs/commerce/notification/resources/public_key/methods/getPublicKey."""
    basic = base64.b64encode(_first(credentials)).decode()
    form = urlencode({"grant_type": "client_credentials", "scope": "https://api.ebay.com/oauth/api_scope"})
    token = _read(
        ask,
        Question(
            host=_EBAY,
            path="/identity/v1/oauth2/token",
            method="POST",
            headers={"authorization": f"Basic {basic}", "content-type": "application/x-www-form-urlencoded"},
            body=form.encode(),
        ),
    )
    access = json.loads(token or b"")["access_token"]
    question = Question(
        host=_EBAY,
        path=f"/commerce/notification/v1/public_key/{reference.name}",
        headers={"authorization": f"Bearer {access}", "accept": "application/json"},
    )
    answer = _read(ask, question, unknown=_UNKNOWN_TO_EBAY)
    return None if answer is None else str(json.loads(answer)["key"]).encode()


def _plaid(ask: Asks, reference: KeyReference, credentials: Sequence[Secret]) -> bytes | None:
    """https://plaid.com/docs/api/webhooks/webhook-verification/#get-webhook-verification-key."""
    client, _, secret = _first(credentials).decode().partition(":")
    body = {"client_id": client, "secret": secret, "key_id": reference.name}
    question = Question(
        host=_PLAID[reference.place],
        path="/webhook_verification_key/get",
        method="POST",
        headers={"content-type": "application/json"},
        body=json.dumps(body).encode(),
    )
    status, answer = ask(question)
    if status == _OK:
        return json.dumps(json.loads(answer)["key"]).encode()
    error = json.loads(answer) if status in _UNKNOWN else None
    if isinstance(error, dict) and error.get("error_code") not in _CREDENTIALS_REFUSED:
        return None
    raise OSError(f"{question.host} answered {status}")


def _first(credentials: Sequence[Secret]) -> bytes:
    return credentials[0].value if credentials else b""


_ASK: Final = {"aws-sns": _at_its_url, "ebay": _ebay, "paypal": _at_its_url, "plaid": _plaid}
