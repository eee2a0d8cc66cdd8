"""``basic``: HTTP's basic authentication (RFC 7617). It proves that the sender knows user and password, and nothing about the body."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from hookline.domain.source import OnConflict, new_verified
from hookline.errors import Rejected
from hookline.providers.primitives import fitting, too_short
from hookline.providers.provider import Evidence, Proves, Provider
from hookline.providers.scheme import ConfiguredScheme
from hookline.providers.token_place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified

__all__ = ["PROVIDER", "Basic"]

_PLACE: Final = Place(headers=("Authorization",), prefix="Basic ")


class Basic(ConfiguredScheme):
    """The scheme; a secret is ``user:password``."""

    __slots__ = ()

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender knows one of ``secrets``."""
        candidates = [text.encode("latin-1") for text in _PLACE.texts(request)]
        secret = fitting(secrets, base64.b64encode, candidates)
        if secret is None:
            raise Rejected(
                "signature_mismatch", "the header Authorization does not contain a user and password of this source"
            )
        return new_verified(secret=secret.name)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; nothing is signed
        """The header with user and password."""
        return _PLACE.headers_with(base64.b64encode(secret).decode())

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be ``user:password``, in UTF-8 without control characters, and have at least 8 bytes."""
        try:
            is_text = value.decode().isprintable()
        except UnicodeDecodeError:
            is_text = False
        if not is_text:
            return "contains characters that are not allowed in a user or a password (RFC 7617, section 2)"
        return "is not written as user:password" if value.find(b":") < 1 else too_short(value)


PROVIDER = Provider(
    name="basic",
    title="Any sender with basic authentication",
    signed_with="user:password, as set at the sender",
    scheme=Basic(),
    proves=Proves.SENDER,
    covers="nothing: user and password are in each call",
    on_conflict=OnConflict.REJECT,
    evidence=Evidence.VECTOR,
)
