"""Tokens that the operator chose: one that the sender repeats with its challenge, and one that is part of the answer's hash."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from hookline.errors import Rejected
from hookline.providers.handshakes.handshake import Kind, echoed, invalid, json_reply, parameter, parameters, text_reply
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.handshake import Reply
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["ChallengeCode", "VerifyToken"]

_CODE = re.compile(r"[A-Za-z0-9_-]{1,128}")


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


@record
class ChallengeCode(Kind):
    """eBay: ``challenge_code`` in the query, answered with SHA-256 over code, token and the endpoint's URL.

    https://developer.ebay.com/marketplace-account-deletion. The option ``verification_token`` names the token; ``public_url`` is the
    endpoint as eBay knows it. eBay signs with keys of its own, so that this answer signs nothing.
    """

    method: str = "GET"
    option: str = "verification_token"
    needs_url: bool = True

    def is_one(self, request: Request) -> bool:
        """A query with a code."""
        return parameter(request, "challenge_code") is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """The hash in hex."""
        code = parameter(request, "challenge_code") or ""
        if not _CODE.fullmatch(code):
            raise invalid("challenge_code is not at most 128 letters, digits, _ and -")
        hashed = hashlib.sha256(code.encode() + secrets[0].value + self.public_url.encode())
        return json_reply({"challengeResponse": hashed.hexdigest()})
