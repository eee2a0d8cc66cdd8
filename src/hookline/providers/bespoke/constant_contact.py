"""Constant Contact's webhooks for partners (https://developer.constantcontact.com/api_guide/webhook_authenticity.html).

The header is a JSON web signature whose content is the received body, which it does not contain (RFC 7797): ``HEAD..SIGNATURE``. The keys
of the published set have no names.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hookline.domain.source import KeyReference, Verified
from hookline.errors import Rejected
from hookline.providers.fetched_key import FetchedKeyScheme, own_and_private
from hookline.providers.jwt import read_part, written
from hookline.providers.primitives import check_timestamp, mismatch, required
from hookline.providers.provider import Provider, Sample
from hookline.providers.published_keys import fits, keys_in, signed_by_pair
from hookline.providers.scheme import DEFAULT_TOLERANCE
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "DetachedSignature"]

_HEADER = "X-Ctct-Webhook-Sig"
_KEYS = "https://developer.constantcontact.com/.well-known/jwks.json"
_DETACHED = re.compile(r"([A-Za-z0-9_-]{1,2048})\.\.([A-Za-z0-9_-]{1,2048})")


@record
class DetachedSignature(FetchedKeyScheme):
    """The scheme of this sender."""

    tolerance: timedelta = DEFAULT_TOLERANCE

    def check_before_key(self, request: Request) -> None:
        """Refuse another algorithm, encoded content, and a time outside the tolerance."""
        head, _ = _read(request)
        extensions = head.get("crit")
        known = [one == "b64" for one in extensions] if isinstance(extensions, list) else []
        if head.get("alg") != "RS256" or head.get("b64") is not False or not known or not all(known):
            raise Rejected(
                "signature_mismatch", f"the header {_HEADER} is not signed by RS256 over the body as received"
            )
        time = head.get("ts")
        text = str(time) if type(time) is int else None
        check_timestamp(text, f"ts of the header {_HEADER}", request.received_at, self.tolerance)

    def wanted_key(self, request: Request) -> KeyReference:
        """All keys of the set, if the header contains such a signature."""
        _read(request)
        return KeyReference(provider="constant-contact", name="", place=_KEYS)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- required by Scheme; there are none
        """Prove the sender, the time and the body."""
        self.check_before_key(request)
        _, parts = _read(request)
        signed = parts[0].encode() + b"." + request.body
        if not fits(keys_in(self.key_for(request)), "RS256", read_part(parts[1]), signed):
            raise mismatch(_HEADER)
        return Verified(once=parts[1])

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- as above
        """The signature with ``secret``, a private key."""
        fields = {"alg": "RS256", "ts": int(at.timestamp()), "b64": False, "crit": ["b64"]}
        head = written(json.dumps(fields).encode())
        signature = signed_by_pair(own_and_private(secret)[1], "RS256", head.encode() + b"." + body)
        return {_HEADER: f"{head}..{written(signature)}"}

    def secret_complaint(self, value: bytes) -> str | None:  # noqa: ARG002 -- as above
        """Any secret is refused, because this scheme uses none."""
        return "the scheme constant-contact does not use a secret"


def _read(request: Request) -> tuple[dict[str, object], tuple[str, str]]:
    """The content of the head, and the text of the head and the signature. Raises Rejected."""
    found = _DETACHED.fullmatch(required(request, _HEADER).strip(" \t"))
    try:
        head = json.loads(read_part(found[1])) if found else None
    except (ValueError, RecursionError):
        head = None
    if found is None or not isinstance(head, dict) or not read_part(found[2]):
        raise Rejected("signature_mismatch", f"the header {_HEADER} is not a detached JSON web signature")
    return head, (found[1], found[2])


PROVIDER = Provider(
    name="constant-contact",
    title="Constant Contact",
    signs="`X-Ctct-Webhook-Sig`, a detached JWS (RS256) over its own time and the body",
    signed_with="Constant Contact's own key, which it publishes",
    scheme=DetachedSignature(),
    needs_secret=False,
    needs_keys=True,
    find_id="each-call",
    once="the signature itself, which differs from call to call",
    find_type="event_type",
    notes="A call names an account and nothing else: each call is a separate event, and its `url` has the details. "
    "Constant Contact documents no tolerance for the time; hookline's is 300 seconds.",
    documentation="https://developer.constantcontact.com/api_guide/webhook_authenticity.html",
    sample=Sample(
        fresh="url",
        body='{"url":"https://api.cc.email/v3/partner/accounts/a07e1my9tbxo/plan","api_key":"40a0b12-342b-436d-97c3-000000000000","event_type":"tier.increase"}',
    ),
)
