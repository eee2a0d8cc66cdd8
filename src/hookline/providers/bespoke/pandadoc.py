"""PandaDoc's webhooks: the signature of the body is in the query (https://developers.pandadoc.com/docs/webhook-verification)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers.primitives import fitting, hex_mac
from hookline.providers.provider import Provider, Sample
from hookline.providers.scheme import ConfiguredScheme, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignatureInQuery"]

_FIELD = "signature"
_MOST_FIELDS = 100


@record
class SignatureInQuery(ConfiguredScheme):
    """The scheme of this sender."""

    @property
    def signed(self) -> Signed:
        """The field of the query that holds the signature."""
        return Signed(query=frozenset({_FIELD}))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender."""
        candidates = [
            value.lower().encode("utf-8", "replace") for name, value in _fields(request.query) if name == _FIELD
        ]
        if not any(candidates):
            raise Rejected("signature_missing", f"the query has no {_FIELD}")
        secret = fitting(secrets, lambda key: hex_mac(key, request.body), candidates)
        if secret is None:
            raise Rejected("signature_mismatch", f"the query's {_FIELD} does not match the body")
        return Verified(secret=secret.name)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme
        """No header: see ``signed_query``."""
        return {}

    def signed_query(self, body: bytes, *, secret: bytes, at: datetime) -> str:  # noqa: ARG002 -- required by Scheme; no time is signed
        """What the sender adds to the URL."""
        return urlencode({_FIELD: hex_mac(secret, body).decode()})


def _fields(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


PROVIDER = Provider(
    name="pandadoc",
    title="PandaDoc",
    signs="`signature` in the query, HMAC-SHA256 in hex over the body",
    signed_with="the webhook's shared key",
    scheme=SignatureInQuery(),
    find_id="content-hash",
    find_type="[0].event",
    notes="One call may carry several events; the type is that of the first. The signature is in the URL but fits "
    "only its own body, so a log of URLs is harmless.",
    documentation="https://developers.pandadoc.com/docs/webhook-verification",
    sample=Sample(
        body='[{"event": "document_state_changed", "data": {"id": "c5ewKNFfYAbNzwgxA3bqj4", "name": "Sample Document", "status": "document.completed", "date_created": "2020-02-10T13:19:43.180390Z", "date_modified": "2020-02-10T13:19:54.318900Z", "action_date": "2020-02-10T13:19:54.318900Z"}}]'
    ),
)
