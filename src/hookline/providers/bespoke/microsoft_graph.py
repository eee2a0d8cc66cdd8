"""Microsoft Graph: the subscription's ``clientState`` in every item of the body (https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks).

Notifications with resource data carry tokens and encrypted content besides; hookline keeps them as they come and verifies the client state.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hookline.domain.json_text import NotJsonError, read_json
from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers.handshakes.echo import EchoedParameter
from hookline.providers.primitives import SHORTEST_SECRET, any_equal
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.scheme import Signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "ClientState"]


class ClientState:
    """The scheme."""

    signed: Final = Signed(members=(("value", "clientState"),))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender knows the client state: every item has to hold the same secret."""
        states = [_state(item) for item in _items(_parsed(request.body))]
        if not states or not all(states):
            raise Rejected("signature_missing", "an item of value has no clientState, or there is no item")
        for secret in secrets:
            if secret.value and all([any_equal(secret.value, [state]) for state in states]):  # noqa: C419 -- each is compared, whatever the others are
                return Verified(secret=secret.name)
        raise Rejected("signature_mismatch", "clientState is no secret of this source")

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- the Scheme protocol's shape; the secret is in the body
        """No headers: see ``signed_body``."""
        return {}

    def signed_body(self, body: bytes, *, secret: bytes, at: datetime) -> bytes:  # noqa: ARG002 -- the protocol's shape; no time is signed
        """The body with the client state in each item."""
        document = _parsed(body)
        for item in _items(document):
            item["clientState"] = secret.decode("utf-8", "replace")
        return json.dumps(document).encode() if _items(document) else body

    def secret_complaint(self, value: bytes) -> str | None:
        """The client state must be at least 8 bytes long (Graph takes up to 128)."""
        return (
            f"is {len(value)} bytes long, and at least {SHORTEST_SECRET} are needed"
            if len(value) < SHORTEST_SECRET
            else None
        )


def _parsed(body: bytes) -> object:
    try:
        return read_json(body)
    except NotJsonError:
        return None


def _items(document: object) -> list[dict[str, object]]:
    """The items; none in a body of another shape. Any that is not an object makes the whole list unusable."""
    items = document.get("value") if isinstance(document, dict) else None
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return found if isinstance(items, list) and len(found) - len(items) == 0 else []


def _state(item: Mapping[str, object]) -> bytes:
    value = item.get("clientState")
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""


def _build(options: Mapping[str, object]) -> ClientState:  # noqa: ARG001 -- there are none
    return ClientState()


PROVIDER = Provider(
    name="microsoft-graph",
    title="Microsoft Graph",
    signed_with="the subscription's clientState",
    build=_build,
    proves=Proves.SENDER,
    covers="nothing: the secret itself stands in each item of the body",
    find_id="each-call",
    deadline=10,
    retries="with growing pauses for up to 4 hours",
    notes="Two changes of one resource can be told in the same words, so that each call is its own event. Some classes of notifications are given only 3 seconds.",
    handshakes=(EchoedParameter(method="POST", parameter="validationToken"),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
    sample=Sample(
        body='{"value": [{"subscriptionId": "76619225-ff6b-4e96-8c0c-3f2b2b8b0b0b", "subscriptionExpirationDateTime": "2026-02-20T18:23:45.9356913Z", "changeType": "created", "resource": "Users/1/Messages/2", "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95"}]}'
    ),
)
