"""Logs in with an identity provider: the code flow of OpenID Connect Core 1.0 with PKCE, as RFC 9700 requires."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final  # Any: a provider's answer is JSON of any shape
from urllib.parse import quote, urlencode

from hookline.dashboard.sign_in.id_token import ProviderKeys, claims_of
from hookline.dashboard.sign_in.next_page import own_page
from hookline.errors import Rejected, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.oidc import OidcSettings
    from hookline.ports.provider_calls import ProviderCalls

__all__ = ["OidcLogin"]

_PATIENCE: Final = timedelta(minutes=10)
_FRESH: Final = timedelta(hours=1)
_LONGEST_WANTED: Final = 1000
_MOST_USED: Final = 10_000
_OK: Final = 200
_AGAIN: Final = "this login took too long, or was started in another browser: try again"


class OidcLogin:
    """Logins with one provider. ``begin`` and ``finish`` wait for the provider: use them on one thread that may wait."""

    patience: Final = _PATIENCE
    """How long a person may take at the provider."""

    def __init__(
        self, settings: OidcSettings, client_secret: bytes | None, calls: ProviderCalls, *, now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._client_secret = client_secret
        self._calls = calls
        self._now = now
        self._key = secrets.token_bytes(32)
        self._metadata: tuple[datetime, Mapping[str, Any]] | None = None
        self._keys = ProviderKeys(calls, now=now)
        self._used: dict[str, None] = {}
        self._guard = threading.Lock()

    def is_for(self, settings: OidcSettings, client_secret: bytes | None) -> bool:
        """Whether it uses these settings."""
        return (settings, client_secret) == (self._settings, self._client_secret)

    def begin(self, wanted: str) -> tuple[str, str]:
        """The URL for the browser, and the state that it keeps meanwhile. Raises UnavailableError."""
        settings, endpoint = self._settings, self._endpoint("authorization_endpoint")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": settings.redirect_url,
            "scope": " ".join(settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        agreed = {
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "next": wanted if len(wanted) <= _LONGEST_WANTED else "/",
            "until": (self._now() + _PATIENCE).timestamp(),
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", self._sealed(agreed)

    def finish(self, parameters: Sequence[tuple[str, str]], sealed: str | None) -> tuple[Mapping[str, object], str]:
        """The verified claims of the person, and the requested page. Raises Rejected or UnavailableError."""
        agreed = self._agreed(sealed)
        given = dict(parameters)
        if len(given) != len(parameters):
            raise Rejected("login_failed", "the identity provider sent a parameter twice")
        if not hmac.compare_digest(given.get("state", "").encode(), str(agreed["state"]).encode()):
            raise Rejected("login_failed", _AGAIN)
        self._use_once(str(agreed["state"]))
        self._check_sender(given)
        if "error" in given:
            raise Rejected("login_failed", f"the identity provider refused: {_short(given['error'])}")
        tokens = self._exchange(given.get("code", ""), str(agreed["verifier"]))
        claims = claims_of(
            str(tokens.get("id_token", "")),
            self._keys.at(self._endpoint("jwks_uri")),
            self._settings,
            nonce=str(agreed["nonce"]),
            now=self._now(),
        )
        return self._with_user_info(claims, tokens), own_page(str(agreed["next"]))

    def _check_sender(self, given: Mapping[str, str]) -> None:
        """Refuse the answer of a provider other than the chosen one (RFC 9207, against mix-up)."""
        says_so = self._provider().get("authorization_response_iss_parameter_supported") is True
        if given.get("iss", None if says_so else self._settings.issuer) != self._settings.issuer:
            raise Rejected("login_failed", "the answer is from another identity provider")

    def _exchange(self, code: str, verifier: str) -> Mapping[str, Any]:
        """The tokens for the code."""
        settings = self._settings
        if not code:
            raise Rejected("login_failed", "the identity provider sent no code")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": settings.redirect_url,
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        if self._client_secret is None:
            form["client_id"] = settings.client_id
        elif self._takes_basic():
            pair = f"{quote(settings.client_id, safe='')}:{quote(self._client_secret.decode(), safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": settings.client_id, "client_secret": self._client_secret.decode()}
        status, body = self._calls.post(self._endpoint("token_endpoint"), form, headers=headers)
        found = _document(body)
        if status != _OK:
            error = found.get("error")
            if error == "invalid_grant":
                raise Rejected("login_failed", _AGAIN)
            raise UnavailableError("login_unavailable", f"the token endpoint answered {status}: {_short(str(error))}")
        return found

    def _with_user_info(self, claims: Mapping[str, object], tokens: Mapping[str, Any]) -> Mapping[str, object]:
        """The claims, with those that the provider does not put into ID tokens (OpenID Connect Core 1.0, section 5.3)."""
        endpoint, token = self._provider().get("userinfo_endpoint"), tokens.get("access_token")
        wanted = {self._settings.role_claim[0], self._settings.name_claim[0]}
        if (
            wanted <= claims.keys()
            or not isinstance(endpoint, str)
            or not isinstance(token, str)
            or not token.isascii()
        ):
            return claims
        if any(character.isspace() for character in token):
            return claims
        more = _document(self._calls.get(endpoint, headers={"authorization": f"Bearer {token}"}))
        if more.get("sub") != claims["sub"]:
            raise Rejected("login_failed", "the identity provider sent claims of two different users")
        return {**more, **claims}

    def _takes_basic(self) -> bool:
        """Whether the client authenticates by HTTP Basic, which is the default of providers."""
        methods = self._provider().get("token_endpoint_auth_methods_supported")
        return not isinstance(methods, list) or "client_secret_basic" in methods or "client_secret_post" not in methods

    def _endpoint(self, name: str) -> str:
        found = self._provider().get(name)
        if not isinstance(found, str) or not found.startswith("https://"):
            raise UnavailableError("login_unavailable", f"the provider's metadata has no {name} with https")
        return found

    def _provider(self) -> Mapping[str, Any]:
        """The provider's metadata (OpenID Connect Discovery 1.0), at most an hour old."""
        now = self._now()
        if self._metadata is None or not timedelta() <= now - self._metadata[0] < _FRESH:
            url = f"{self._settings.issuer.removesuffix('/')}/.well-known/openid-configuration"
            found = _document(self._calls.get(url, headers={}))
            if found.get("issuer") != self._settings.issuer:
                why = f"{url} is the metadata of the issuer {_short(str(found.get('issuer')))}"
                raise UnavailableError("login_unavailable", why)
            self._metadata = (now, found)
        return self._metadata[1]

    def _use_once(self, state: str) -> None:
        """Refuse an answer that was used before, because its URL may be in a browser's history."""
        with self._guard:
            if state in self._used:
                raise Rejected("login_failed", _AGAIN)
            self._used[state] = None
            while len(self._used) > _MOST_USED:
                del self._used[next(iter(self._used))]

    def _sealed(self, agreed: Mapping[str, object]) -> str:
        text = base64.urlsafe_b64encode(json.dumps(agreed).encode()).decode().rstrip("=")
        return f"{text}.{self._mac(text)}"

    def _agreed(self, sealed: str | None) -> Mapping[str, object]:
        """The state that was sealed for this browser, if it has not expired. Raises Rejected."""
        text, _, mac = (sealed or "").partition(".")
        if not sealed or not hmac.compare_digest(mac, self._mac(text)):
            raise Rejected("login_failed", _AGAIN)
        agreed: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if self._now().timestamp() > agreed["until"]:
            raise Rejected("login_failed", _AGAIN)
        return agreed

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UnavailableError("login_unavailable", "the identity provider did not answer with a JSON object")
    return found


def _short(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:100]
