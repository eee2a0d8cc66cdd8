"""A token that the operator chose, which the sender repeats with its challenge."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from hookline.errors import Rejected
from hookline.providers.handshakes.handshake import Kind, echoed, parameter, parameters, text_reply
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.handshake import Reply
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["VerifyToken"]


@record
class VerifyToken(Kind):
    """``hub.mode=subscribe`` with ``hub.verify_token`` and ``hub.challenge`` (https://www.w3.org/TR/websub/ section 5.3, as Meta has it).

    The option ``verify_token`` names the token.
    """

    method: str = "GET"
    option: str = "verify_token"

    def is_one(self, request: Request) -> bool:
        """A subscription that is to be confirmed."""
        return parameter(request, "hub.mode") == "subscribe"

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """The challenge, once the token is known to be ours."""
        query = parameters(request)
        token, challenge = query.get("hub.verify_token", "").encode("utf-8", "replace"), query.get("hub.challenge", "")
        if not any([bool(secret.value) and hmac.compare_digest(secret.value, token) for secret in secrets]):  # noqa: C419 -- each is compared, whatever the others are
            raise Rejected("handshake_refused", "hub.verify_token is not the token of this source")
        return text_reply(echoed(challenge, "hub.challenge"))
