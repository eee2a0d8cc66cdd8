"""monday.com's webhooks (https://developer.monday.com/apps/docs/integration-authorization).

The token proves nothing about the body. Only its claims limit what an overheard token can be used for: ``aud`` is the URL that is called,
and ``exp`` is 5 minutes after ``iat``.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.jwt import read_token, written
from hookline.providers.primitives import any_equal, fitting, mac, mismatch, required, url_called
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.scheme import DEFAULT_TOLERANCE, ConfiguredScheme
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignedToken"]

_HEADER = "Authorization"
_BEARER = re.compile(r"\A[ \t]*bearer +", re.IGNORECASE)
"""monday.com sends only the token. If the scheme's name precedes it, as other senders write it, it is the same token."""
_LIFE = 300
"""How many seconds a token of monday.com is valid."""
_LONGEST_LIFE = 3600


@record
class SignedToken(ConfiguredScheme):
    """The scheme; ``public_url`` is the URL that monday.com calls, ``tolerance`` how far clocks may differ."""

    public_url: str = ""
    tolerance: timedelta = DEFAULT_TOLERANCE
    lifetime: timedelta = timedelta(seconds=_LIFE)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender knows the signing secret, by a token for this URL that has not expired."""
        head, claims, signed, signature = read_token(
            _BEARER.sub("", required(request, _HEADER)), f"the header {_HEADER}"
        )
        if head.get("alg") != "HS256":
            raise Rejected("signature_mismatch", f"the header {_HEADER} is not signed by HS256")
        self._check_time(claims, request.received_at.timestamp())
        secret = fitting(secrets, lambda key: mac(key, signed, "sha256"), [signature])
        if secret is None:
            raise mismatch(_HEADER)
        self._check_audience(claims, request)
        return Verified(secret=secret.name)

    def _check_audience(self, claims: Mapping[str, object], request: Request) -> None:
        """Refuse a token that monday.com made for another URL (RFC 7519 section 4.1.3: one, or a list)."""
        stated = claims.get("aud")
        named = [one for one in (stated if isinstance(stated, list) else [stated]) if isinstance(one, str)]
        if not any_equal(url_called(self.public_url, request), [one.encode("utf-8", "replace") for one in named]):
            raise Rejected(
                "signature_mismatch",
                f"the token in the header {_HEADER} is for another URL than the source's public_url",
            )

    def _check_time(self, claims: Mapping[str, object], now: float) -> None:
        """Refuse a token that has expired, that is not valid yet, or that would be valid for long. Its end is limited by ``iat`` too."""
        begins, ends = claims.get("iat"), claims.get("exp")
        if type(begins) is not int or type(ends) is not int:
            raise Rejected(
                "timestamp_missing", f"the token in the header {_HEADER} has no beginning or no end (iat, exp)"
            )
        if ends - begins > _LONGEST_LIFE:
            raise Rejected("timestamp_invalid", f"the token in the header {_HEADER} is valid for more than an hour")
        tolerance = self.tolerance.total_seconds()
        if now - min(ends, begins + _LIFE) > tolerance or begins - now > tolerance:
            raise Rejected("timestamp_outside_tolerance", f"the token in the header {_HEADER} is not valid now")

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; the body is not signed
        """The token, valid for five minutes."""
        seconds = int(at.timestamp())
        claims = {"accountId": 1825529, "userId": 4012689, "aud": self.public_url, "exp": seconds + 300, "iat": seconds}
        signed = ".".join(written(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
        return {_HEADER: f"{signed}.{written(mac(secret, signed.encode(), 'sha256'))}"}


PROVIDER = Provider(
    name="monday",
    title="monday.com",
    signs="a JWT (HS256) in `Authorization`, signed with the app's signing secret",
    signed_with="the app's signing secret",
    scheme=SignedToken(),
    proves=Proves.SENDER,
    covers="the token in the header, for the called URL and some minutes; no part of the body",
    find_id="event.triggerUuid || content-hash",
    find_type="event.type || 'webhook'",
    find_time="event.triggerTime",
    answer=SuccessAnswer(),
    retries="every minute for 30 minutes",
    notes="Only webhooks that an app created have the token; it proves nothing about the body. It must be made for "
    "the source's `public_url` (`aud`), and is valid for 5 minutes after `iat` plus the tolerance, whatever "
    "its `exp` says.",
    handshake_kinds=(("echo.EchoedMember", {"reply": "json", "is_signed": False}),),
    evidence=Evidence.UNSURE,
    documentation="https://developer.monday.com/apps/docs/integration-authorization",
    sample=Sample(
        fresh="triggerUuid",
        body='{"event": {"userId": 9603417, "boardId": 1771812698, "pulseId": 1772099344, "columnId": "status", "type": "update_column_value", "triggerTime": "2021-10-11T09:07:28.210Z", "subscriptionId": 73759690, "triggerUuid": "b5ed2e17c530f43668de130142445cba"}}',
    ),
)
