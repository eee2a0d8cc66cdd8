"""``none``: a sender that proves nothing. It must be written explicitly, so that a forgotten line cannot select it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.source import OnConflict, Verified
from hookline.providers.provider import Proves, Provider
from hookline.providers.scheme import ConfiguredScheme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "Unsigned"]


class Unsigned(ConfiguredScheme):
    """Accepts every request."""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- required by Scheme
        """Accept any request."""
        return Verified()

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- as above
        """No headers, because nothing is signed."""
        return {}

    def secret_complaint(self, value: bytes) -> str | None:  # noqa: ARG002 -- as above
        """Any secret is a mistake, because it would be ignored."""
        return "the scheme none does not use a secret"


PROVIDER = Provider(
    name="none",
    title="Anyone",
    scheme=Unsigned(),
    needs_secret=False,
    proves=Proves.NOTHING,
    on_conflict=OnConflict.REJECT,
)
