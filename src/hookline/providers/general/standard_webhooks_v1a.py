"""Version ``v1a`` of Standard Webhooks: Ed25519 over the same text. The "secret" is the sender's public key, ``whpk_`` and base64."""

from __future__ import annotations

import base64
import re
from binascii import Error
from typing import TYPE_CHECKING, Final

from hookline.domain.source import new_verified
from hookline.errors import Rejected
from hookline.providers.asymmetric import check_installed, decoded, is_for, public_key_of, signature_by, verifies
from hookline.providers.general.standard_webhooks import StandardWebhooks, names_of, signed_parts
from hookline.providers.primitives import padded
from hookline.providers.scheme import OptionError, choice_of, tolerance_of
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified

__all__ = ["StandardWebhooksV1a", "configured"]

_VERSION_1A: Final = re.compile(rb"(?:^|[ ,])v1a,([^ ,]+)")
_MOST_SIGNATURES: Final = 4
"""The most signatures in one call: each costs a public-key operation."""
_PUBLIC, _PRIVATE = b"whpk_", b"whsk_"
_SEED_BYTES: Final = 32


@record
class StandardWebhooksV1a(StandardWebhooks):
    """The scheme, like version 1 but for the signature."""

    @property
    def is_asymmetric(self) -> bool:
        """See ``hookline.providers.scheme.has_key_pair``."""
        return True

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender by any of the public keys."""
        delivery_id, signatures, signed = signed_parts(request, self.tolerance)
        candidates = [
            decoded(text.decode("latin-1"), "base64") for text in _VERSION_1A.findall(signatures)[:_MOST_SIGNATURES]
        ]
        for secret in secrets:
            key = public_key_of(secret.value.removeprefix(_PUBLIC))
            if any(verifies("ed25519", key, candidate, signed) for candidate in candidates):
                return new_verified(secret=secret.name, delivery_id=delivery_id)
        raise Rejected(
            "signature_mismatch", "no v1a signature matches the id, the timestamp and the exact bytes of the body"
        )

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The three headers, by the private key ``whsk_…``."""
        timestamp = str(int(at.timestamp()))
        signed = f"{delivery_id}.{timestamp}.".encode("latin-1") + body
        signature = base64.b64encode(signature_by("ed25519", _seed(secret), signed)).decode()
        names = names_of(svix=self.svix)
        return {names.id: delivery_id, names.timestamp: timestamp, names.signature: f"v1a,{signature}"}

    def secret_complaint(self, value: bytes) -> str | None:
        """It must be a public key of Ed25519."""
        is_key = is_for(public_key_of(value.removeprefix(_PUBLIC)), "ed25519")
        return None if is_key else "is not a public key of Ed25519 in base64, with or without whpk_ before it"


def configured(options: Mapping[str, object]) -> StandardWebhooksV1a:
    """The scheme that the options describe. Raises OptionError, also where the library is not installed."""
    check_installed()
    if "secret_encoding" in options:
        raise OptionError("secret_encoding", "is for version v1: the keys of v1a are base64")
    svix = choice_of(options, "spelling", "webhook", ("webhook", "svix")) == "svix"
    return StandardWebhooksV1a(tolerance=tolerance_of(options), svix=svix)


def _seed(secret: bytes) -> bytes:
    """A private key as Ed25519's seed in base64; the specification also allows the public key after the seed."""
    try:
        return base64.b64encode(base64.b64decode(padded(secret.removeprefix(_PRIVATE)), validate=True)[:_SEED_BYTES])
    except Error:
        return b""
