"""TikTok Shop's webhooks (https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview): the app's key is signed before the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.source import SuccessAnswer, Verified
from hookline.providers.primitives import any_equal, hex_mac, mismatch, required, too_short
from hookline.providers.provider import Provider, Sample
from hookline.providers.scheme import ConfiguredScheme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "KeyBeforeBody"]

_HEADER = "Authorization"


class KeyBeforeBody(ConfiguredScheme):
    """The scheme. A secret is ``app_key:app_secret``."""

    __slots__ = ()

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender and the body."""
        signatures = [one.strip(b" \t") for one in required(request, _HEADER).lower().encode("utf-8").split(b",")]
        for secret in secrets:
            name, _, key = secret.value.partition(b":")
            if name and key and any_equal(hex_mac(key, name + request.body), signatures):
                return Verified(secret=secret.name)
        raise mismatch(_HEADER)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; neither is signed
        """The header with the signature."""
        name, _, key = secret.partition(b":")
        return {_HEADER: hex_mac(key, name + body).decode()}

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be ``app_key:app_secret``."""
        name, _, key = value.partition(b":")
        if not name or not key:
            return "is not written as app_key:app_secret"
        return too_short(key, what="has an app_secret of {} bytes")


PROVIDER = Provider(
    name="tiktok-shop",
    title="TikTok Shop",
    signs="`Authorization`, hex over the app's key and the body",
    signed_with="app_key:app_secret of the app",
    scheme=KeyBeforeBody(),
    find_id="tts_notification_id",
    find_type="to_string(type)",
    find_time="timestamp",
    keeps_id=True,
    answer=SuccessAnswer(body=b""),
    deadline=3,
    retries="4 times: after 2 and 30 minutes, 3 and 12 hours",
    notes="The type is a number whose meaning TikTok does not document: subscribe each topic at a separate path.",
    documentation="https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview",
    sample=Sample(
        body='{"type": 1, "tts_notification_id": "7327112393057371910", "shop_id": "7494049642642441621", "timestamp": 1644412885, "data": {"order_id": "576486316948490001", "order_status": "UNPAID", "update_time": 1644412885}}'
    ),
)
