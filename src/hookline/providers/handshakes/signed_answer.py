"""A challenge that is answered with a keyed hash in a special form; ``echo`` has the common one."""

from __future__ import annotations

import binascii
import hashlib
import re
from typing import TYPE_CHECKING

from hookline.providers.handshakes.handshake import Kind, invalid, parameter, text_reply
from hookline.providers.primitives import mac
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.handshake import Reply
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["BRAINTREE_CHALLENGE", "BraintreeChallenge"]

BRAINTREE_CHALLENGE = re.compile(r"[a-f0-9]{20,32}")
"""The pattern from Braintree's own libraries (braintree_python, ``webhook_notification_gateway.py``); a payload never matches it."""


@record
class BraintreeChallenge(Kind):
    """Braintree: ``bt_challenge`` in the query, answered with ``public_key|hex``.

    Payloads are signed with the same key, so a text that could be a challenge is refused as a payload.
    """

    method: str = "GET"

    @property
    def uses_secrets(self) -> bool:
        """True: the answer uses the key pair that signs."""
        return True

    def is_one(self, request: Request) -> bool:
        """Whether the query has a challenge."""
        return parameter(request, "bt_challenge") is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """The public key and the challenge's HMAC, with the first key pair."""
        challenge = parameter(request, "bt_challenge") or ""
        if not BRAINTREE_CHALLENGE.fullmatch(challenge):
            raise invalid("bt_challenge is not 20 to 32 hexadecimal digits")
        public, _, private = secrets[0].value.partition(b"|")
        key = hashlib.sha1(private, usedforsecurity=False).digest()
        digest = binascii.hexlify(mac(key, challenge.encode(), "sha1")).decode()
        return text_reply(f"{public.decode('latin-1')}|{digest}")
