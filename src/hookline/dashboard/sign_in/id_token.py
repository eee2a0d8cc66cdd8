"""Verifies ID tokens: signed by the provider's keys, for this client and this login, and just issued."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hookline.errors import Rejected, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from hookline.domain.oidc import OidcSettings
    from hookline.ports.provider_calls import ProviderCalls

__all__ = ["ALGORITHMS", "KeysAt", "ProviderKeys", "claims_of"]

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""The accepted signature algorithms: no HMAC, whose key would be the client's secret, and never ``none``."""

_LEEWAY: Final = 60.0  # seconds
_OLDEST: Final = 600.0  # seconds
_FRESH: Final = timedelta(hours=1)
_PAUSE: Final = timedelta(seconds=10)
_LONGEST_TOKEN: Final = 48 * 1024


class KeysAt:
    """The keys at one address."""

    def __init__(self, read: Callable[[bool], KeySet]) -> None:
        self.read = read
        """Returns the keys; True fetches them again, unless that was done a moment ago."""


class ProviderKeys:
    """The provider's public keys, fetched every hour, and when a token names an unknown one, because providers rotate them."""

    def __init__(self, calls: ProviderCalls, *, now: Callable[[], datetime]) -> None:
        self._calls = calls
        self._now = now
        self._found: tuple[str, datetime, KeySet] | None = None

    def at(self, url: str) -> KeysAt:
        """The keys at ``url``."""
        return KeysAt(lambda is_again: self._read(url, is_again=is_again))

    def _read(self, url: str, *, is_again: bool) -> KeySet:
        now, wanted = self._now(), _PAUSE if is_again else _FRESH
        if self._found is None or self._found[0] != url or not timedelta() <= now - self._found[1] < wanted:
            self._found = (url, now, self._fetched(url))
        return self._found[2]

    def _fetched(self, url: str) -> KeySet:
        """The keys of known types; others are ignored, as RFC 7517 section 5 requires."""
        try:
            keys = json.loads(self._calls.get(url, headers={}))["keys"]
            usable = [key for key in keys if key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"]
            return KeySet.import_key_set({"keys": usable})
        except (ValueError, KeyError, TypeError, AttributeError, JoseError, RecursionError) as error:
            raise UnavailableError(
                "login_unavailable", f"the provider's keys cannot be read: {type(error).__name__}"
            ) from error


def claims_of(token: str, keys: KeysAt, settings: OidcSettings, *, nonce: str, now: datetime) -> Mapping[str, object]:
    """The claims of a valid ID token (OpenID Connect Core 1.0, section 3.1.3.7). Raises Rejected or UnavailableError."""
    if not token or len(token) > _LONGEST_TOKEN:
        raise Rejected("login_failed", "the identity provider sent no ID token")
    claims = _signed_claims(token, keys)
    if why := _complaint(claims, settings, nonce, now):
        raise Rejected("login_failed", f"the ID token of the identity provider cannot be used: {why}")
    return claims


def _signed_claims(token: str, keys: KeysAt) -> Mapping[str, object]:
    """The claims, if a key of the provider has signed them; before a refusal the keys are fetched again."""
    for is_again in (False, True):
        try:
            return jwt.decode(token, keys.read(is_again), algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, KeyError, TypeError, RecursionError):
            continue
    raise Rejected("login_failed", "the ID token is not signed by a key of the identity provider")


def _complaint(claims: Mapping[str, object], settings: OidcSettings, nonce: str, now: datetime) -> str | None:
    """What is wrong with the claims, or None."""
    audience, subject = claims.get("aud"), claims.get("sub")
    audiences = audience if isinstance(audience, list) else [audience]
    expires, issued = (_seconds_until(claims.get(name), now) for name in ("exp", "iat"))
    azp = claims.get("azp", None if len(audiences) > 1 else settings.client_id)
    rules = (
        (claims.get("iss") == settings.issuer, "it comes from another issuer"),
        (settings.client_id in audiences, "it is for another client"),
        (azp == settings.client_id, "it was issued to another client"),
        (expires is not None and expires > -_LEEWAY, "it has expired"),
        (
            issued is not None and -_OLDEST < issued < _LEEWAY,
            "it was not issued just now; check the clock of this machine",
        ),
        (claims.get("nonce") == nonce, "it belongs to another login"),
        (isinstance(subject, str) and subject != "", "it does not name its user"),
    )
    return next((why for is_right, why in rules if not is_right), None)


def _seconds_until(time: object, now: datetime) -> float | None:
    is_time = isinstance(time, int | float) and not isinstance(time, bool)
    return time - now.timestamp() if is_time and isinstance(time, int | float) else None
