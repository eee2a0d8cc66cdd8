"""Microsoft Graph's webhooks (https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks).

Notifications with resource data also carry tokens and encrypted content; hookline stores them unchanged and verifies the client state.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers.bodies import find, objects_in, parsed, text_at
from hookline.providers.primitives import any_equal
from hookline.providers.provider import Proves, Provider, Sample
from hookline.providers.scheme import Signed, SignedInside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "ClientState"]


class ClientState(SignedInside):
    """The scheme of this sender."""

    signed: Final = Signed(members=(("value", "clientState"),))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender knows the client state: every item must contain the same secret."""
        states = [text_at(item, "clientState") for item in objects_in(find(parsed(request.body), "value"))]
        if not states or not all(states):
            raise Rejected("signature_missing", "an item of value has no clientState, or there is no item")
        for secret in secrets:
            if secret.value and all([any_equal(secret.value, [state]) for state in states]):  # noqa: C419 -- each is compared, whatever the others are
                return Verified(secret=secret.name)
        raise Rejected("signature_mismatch", "clientState is not a secret of this source")

    def signed_body(self, body: bytes, *, secret: bytes, at: datetime) -> bytes:  # noqa: ARG002 -- required by Scheme; no time is signed
        """The body with the client state in each item."""
        document = parsed(body)
        items = objects_in(find(document, "value"))
        for item in items:
            item["clientState"] = secret.decode("utf-8", "replace")
        return json.dumps(document).encode() if items else body


PROVIDER = Provider(
    name="microsoft-graph",
    title="Microsoft Graph",
    signs="the subscription's `clientState` in every item of the body",
    signed_with="the subscription's clientState",
    scheme=ClientState(),
    proves=Proves.SENDER,
    covers="nothing: the secret itself is in each item of the body",
    find_id="each-call",
    deadline=10,
    retries="with growing pauses for up to 4 hours",
    notes="Two changes of one resource can have the same body, so each call is a separate event. Some classes of "
    "notifications have a deadline of only 3 seconds.",
    handshake_kinds=(
        ("echo.EchoedParameter", {"method": "POST", "parameter": "validationToken"}),
        ("echo.EchoedParameter", {"method": "POST", "parameter": "validationtoken"}),  # as SharePoint writes it
    ),
    documentation="https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
    sample=Sample(
        body='{"value": [{"subscriptionId": "76619225-ff6b-4e96-8c0c-3f2b2b8b0b0b", "subscriptionExpirationDateTime": "2026-02-20T18:23:45.9356913Z", "changeType": "created", "resource": "Users/1/Messages/2", "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95"}]}'
    ),
)
