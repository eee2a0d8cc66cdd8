"""Checkbook's webhooks (https://docs.checkbook.io/reference/webhooks): a nonce is signed after the body, and no time."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers.primitives import fitting, hex_mac, mismatch, pairs_of, required
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.scheme import ConfiguredScheme
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "NonceBehindBody"]

_HEADER: Final = "Signature"
_NONCE: Final = re.compile(r"[0-9]{1,20}")
_MOST_PAIRS: Final = 8
_BRACKETS: Final = (b"}", b"]")


@record
class NonceBehindBody(ConfiguredScheme):
    """The scheme.

    Only a body that ends with its JSON is accepted: the signed text of any other could be cut in another way, so that the body contains the
    beginning of the nonce.
    """

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender."""
        pairs = pairs_of(required(request, _HEADER))[:_MOST_PAIRS]
        nonces = [text.encode() for name, text in pairs if name == "nonce" and _NONCE.fullmatch(text)]
        candidates = [text.lower().encode("utf-8", "replace") for name, text in pairs if name == "signature"]
        if not nonces:
            raise Rejected("signature_mismatch", f"the header {_HEADER} has no nonce, or one that is not a number")
        if not request.body.endswith(_BRACKETS):
            raise Rejected(
                "signature_mismatch", "the body does not end with its JSON object, after which the nonce is signed"
            )
        for nonce in dict.fromkeys(nonces):
            secret = fitting(secrets, partial(hex_mac, signed=request.body + nonce), candidates)
            if secret is not None:
                return Verified(secret=secret.name)
        raise mismatch(_HEADER)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme
        """The signature, with a nonce."""
        nonce = str(int(at.timestamp()))
        return {_HEADER: f"nonce={nonce},signature={hex_mac(secret, body + nonce.encode()).decode()}"}


PROVIDER = Provider(
    name="checkbook",
    title="Checkbook",
    signs="`Signature: nonce=…,signature=…` over the body and the nonce",
    signed_with="the webhooks key of the developer settings, of the sandbox or of production",
    scheme=NonceBehindBody(),
    find_id="content-hash",
    find_type="type",
    notes="`id` names the payment, and a payment has the same id in each status.",
    evidence=Evidence.VECTOR,
    documentation="https://docs.checkbook.io/reference/webhooks",
    sample=Sample(body='{"status": "PAID", "id": "ed0af5fb335c47dd8eb53199ba50f5c4", "type": "CHECK"}'),
)
