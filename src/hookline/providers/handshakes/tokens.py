"""Tokens that the operator chose: one that the sender repeats without a challenge, and one that is part of the answer's hash."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from hookline.domain.handshake import Reply
from hookline.providers.handshakes.handshake import (
    Kind,
    check_token,
    invalid,
    json_reply,
    parameter,
    place_of,
    standing,
)
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["ChallengeCode", "TokenCheck"]

_CODE = re.compile(r"[A-Za-z0-9_-]{1,128}")


@record
class TokenCheck(Kind):
    """A token without a challenge, such as Fitbit's ``verify``: 204 for the right one, 404 for any other.

    https://dev.fitbit.com/build/reference/web-api/developer-guide/using-subscriptions/ requires these two.
    """

    method: str = "GET"
    token: str
    status: int = 204

    @property
    def members(self) -> tuple[Path, ...]:
        """The token, if it is in the body."""
        where, path = place_of(self.token)
        return (path,) if where == "body" else ()

    def is_one(self, request: Request) -> bool:
        """A call with a token, whether or not it is the right one."""
        return standing(request, self.token) is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """An empty answer, after a check of the token."""
        check_token(request, self.token, secrets, code="handshake_unknown")
        return Reply(status=self.status)


@record
class ChallengeCode(Kind):
    """eBay: ``challenge_code`` in the query, answered with SHA-256 over code, token and the endpoint's URL.

    https://developer.ebay.com/marketplace-account-deletion. The option ``verification_token`` names the token; ``public_url`` is the
    endpoint as eBay knows it. eBay signs events with its own keys, so this answer cannot be used to sign one.
    """

    method: str = "GET"
    option: str = "verification_token"
    needs_url: bool = True

    def is_one(self, request: Request) -> bool:
        """Whether the query has a code."""
        return parameter(request, "challenge_code") is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """An answer with the hash in hex."""
        code = parameter(request, "challenge_code") or ""
        if not _CODE.fullmatch(code):
            raise invalid("challenge_code is not at most 128 letters, digits, _ and -")
        hashed = hashlib.sha256(code.encode() + secrets[0].value + self.public_url.encode())
        return json_reply({"challengeResponse": hashed.hexdigest()})
