"""``token``: a secret that the sender writes into the call unchanged: it proves that the sender knows it, and nothing about the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.source import OnConflict, new_verified
from hookline.errors import Rejected
from hookline.providers.primitives import fitting, too_short
from hookline.providers.provider import Evidence, Proves, Provider
from hookline.providers.scheme import ConfiguredScheme
from hookline.providers.token_place import PLACE_OPTIONS, Place, at_its_place, place_of
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified
    from hookline.providers.scheme import Scheme

__all__ = ["PROVIDER", "Token"]


@record
class Token(ConfiguredScheme):
    """The scheme: the secret at ``place``."""

    place: Place

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender knows one of ``secrets``."""
        candidates = [self._compared(text).encode("utf-8", "replace") for text in self.place.texts(request)]
        secret = fitting(secrets, self._expected, candidates)
        if secret is None:
            raise Rejected("signature_mismatch", f"{self.place.words} does not contain a secret of this source")
        return new_verified(secret=secret.name)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The header with the secret; empty if its place is not a header."""
        return self.place.headers_with(self.token(body, secret=secret, delivery_id=delivery_id, at=at))

    def token(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> str:  # noqa: ARG002 -- as for other tokens
        """The secret itself."""
        return secret.decode("utf-8", "replace")

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must have at least 8 bytes and be printable."""
        if not (value.isascii() and value.decode().isprintable()) or len(value.strip()) < len(value):
            return "contains characters that are not allowed there"
        return too_short(value)

    def _expected(self, secret: bytes) -> bytes:
        return self._compared(secret.decode("utf-8", "replace")).encode("utf-8", "replace")

    def _compared(self, text: str) -> str:
        """The text for the comparison: in ``Authorization`` the name of a scheme is case-insensitive, and one or more spaces may follow it.

        RFC 9110 sections 11.1 and 11.4.
        """
        scheme, space, rest = text.partition(" ")
        if not space or self.place.prefix or "authorization" not in map(str.lower, self.place.headers):
            return text
        return scheme.lower() + space + rest.lstrip(" ")


class DescribedToken(Token):
    """The scheme before its options are known."""

    __slots__ = ()

    @property
    def options(self) -> frozenset[str]:
        """The options for the place of the token."""
        return PLACE_OPTIONS

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The scheme for the place that the options name. Raises OptionError."""
        place = place_of(options)
        return at_its_place(Token, place)(place=place)


PROVIDER = Provider(
    name="token",
    title="Any sender that puts its secret into the call",
    signed_with="the secret itself, as the sender writes it",
    scheme=DescribedToken(place=Place()),
    proves=Proves.SENDER,
    covers="nothing: the secret itself is in each call",
    on_conflict=OnConflict.REJECT,
    evidence=Evidence.VECTOR,
)
