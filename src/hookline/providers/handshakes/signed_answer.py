"""Challenges that are answered with a keyed hash of them.

The key is the one that bodies are signed with. So a challenge is answered only when no source would take it, or what the key then
signs, for a body: see each class's guard, and the tests that look for a way round it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

from hookline.domain.json_text import NotJsonError, read_json
from hookline.providers.handshakes.handshake import Kind, invalid, json_reply, member, parameter, text_reply
from hookline.providers.primitives import mac
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.handshake import Reply
    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["BRAINTREE_CHALLENGE", "BraintreeChallenge", "CrcToken", "PlainToken"]

_CRC_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=-]{1,128}")
_PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=-]{1,128}")
BRAINTREE_CHALLENGE = re.compile(r"[a-f0-9]{20,32}")
"""As Braintree's own libraries have it (braintree_python, ``webhook_notification_gateway.py``); a payload is never one."""


@record
class CrcToken(Kind):
    """X: ``crc_token`` in the query, answered with ``sha256=`` and its HMAC (https://docs.x.com/x-api/webhooks/introduction).

    X signs the body with the same key: a token that is JSON, even a number, is refused, and the source takes only JSON.
    """

    method: str = "GET"
    uses_secrets: bool = True
    signs_text: bool = True

    def is_one(self, request: Request) -> bool:
        """A query with a token."""
        return parameter(request, "crc_token") is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """The token's HMAC by the first secret."""
        token = parameter(request, "crc_token") or ""
        if not _CRC_TOKEN.fullmatch(token) or _is_json(token):
            raise invalid("crc_token is not a token: at most 128 letters, digits and _.~+/=-, and no JSON")
        digest = mac(secrets[0].value, token.encode(), "sha256")
        return json_reply({"response_token": f"sha256={base64.b64encode(digest).decode()}"})


@record
class PlainToken(Kind):
    """Zoom: ``plainToken`` in a signed body, answered with its HMAC (https://developers.zoom.us/docs/api/webhooks/).

    Zoom signs ``v0:{time}:{body}`` with the same key: a token with a colon in it is refused, and the call must be signed.
    """

    is_signed: bool = True
    uses_secrets: bool = True

    @property
    def members(self) -> tuple[Path, ...]:
        """The event and the token."""
        return (("event",), ("payload", "plainToken"))

    def is_one(self, request: Request) -> bool:
        """The event ``endpoint.url_validation``."""
        return b"endpoint.url_validation" in request.body and member(request, "event") == "endpoint.url_validation"

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """The token and its HMAC, by the first secret."""
        token = member(request, "payload", "plainToken")
        if not isinstance(token, str) or not _PLAIN_TOKEN.fullmatch(token):
            raise invalid("plainToken is not a token: at most 128 letters, digits and _.~+/=-")
        digest = mac(secrets[0].value, token.encode(), "sha256")
        return json_reply({"plainToken": token, "encryptedToken": digest.hex()})


@record
class BraintreeChallenge(Kind):
    """Braintree: ``bt_challenge`` in the query, answered with ``public_key|hex``.

    Payloads are signed with the same key: what could be a challenge is refused as a payload.
    """

    method: str = "GET"
    uses_secrets: bool = True

    def is_one(self, request: Request) -> bool:
        """A query with a challenge."""
        return parameter(request, "bt_challenge") is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """The public key and the challenge's HMAC, by the first key pair."""
        challenge = parameter(request, "bt_challenge") or ""
        if not BRAINTREE_CHALLENGE.fullmatch(challenge):
            raise invalid("bt_challenge is not 20 to 32 hexadecimal digits")
        public, _, private = secrets[0].value.partition(b"|")
        key = hashlib.sha1(private, usedforsecurity=False).digest()
        digest = binascii.hexlify(mac(key, challenge.encode(), "sha1")).decode()
        return text_reply(f"{public.decode('latin-1')}|{digest}")


def _is_json(text: str) -> bool:
    try:
        read_json(text.encode())
    except NotJsonError:
        return False
    return True
