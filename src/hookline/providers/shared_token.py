"""A secret that the sender writes into a header as it is: it proves that the sender knows the secret, and nothing about the body."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from hookline.domain.source import new_verified
from hookline.errors import Rejected
from hookline.providers.primitives import fitting, missing_signature, too_short
from hookline.providers.scheme import ConfiguredScheme
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified

__all__ = ["SharedToken"]


@record
class SharedToken(ConfiguredScheme):
    """The scheme; with ``is_basic`` the secret is ``user:password``, written as HTTP's Basic authentication (RFC 7617)."""

    header: str
    is_basic: bool = False

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender knows one of ``secrets``."""
        sent = request.headers.all(self.header)
        if not any(sent):
            raise missing_signature(self.header)
        candidates = [self._compared(value.encode("latin-1")) for value in sent]
        secret = fitting(secrets, lambda value: self._compared(self._written(value)), candidates)
        if secret is not None:
            return new_verified(secret=secret.name)
        raise Rejected("signature_mismatch", f"what the header {self.header} holds is no secret of this source")

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- the Scheme protocol's shape; nothing is signed
        """The header with the secret."""
        return {self.header: self._written(secret).decode("latin-1")}

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be at least 8 bytes long, printable, and ``user:password`` where it is one of those."""
        if not (value.isascii() and value.decode().isprintable()):
            return "holds characters that cannot stand in a header"
        if self.is_basic and value.find(b":") < 1:
            return "is not written as user:password"
        return too_short(value)

    def _compared(self, value: bytes) -> bytes:
        """The value as it is compared: in ``Authorization`` the name of a scheme has no case, and one space or more may follow it.

        RFC 9110 sections 11.1 and 11.4.
        """
        scheme, space, rest = value.partition(b" ")
        return scheme.lower() + space + rest.lstrip(b" ") if space and self._is_authorization else value

    @property
    def _is_authorization(self) -> bool:
        return self.header.lower() == "authorization"

    def _written(self, secret: bytes) -> bytes:
        return b"Basic " + base64.b64encode(secret) if self.is_basic else secret
