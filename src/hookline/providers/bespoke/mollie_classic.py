"""Mollie's classic webhooks: a form with the id of a payment, and no signature.

https://docs.mollie.com/reference/webhooks. Nothing proves who calls: hookline only relies on Mollie's API knowing the payment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hookline.domain.form import FormError, fields_of
from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.general.none import Unsigned
from hookline.providers.provider import FORM, Proves, Provider, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "ClassicCall", "payment_id"]

_ID: Final = re.compile(rb"tr_[A-Za-z0-9]{1,64}")
_MOST_FIELDS: Final = 10


def payment_id(body: bytes) -> str | None:
    """The id of the payment that the form names, None if it names none or several."""
    try:
        ids = [value for name, value in fields_of(body, most=_MOST_FIELDS) if name == b"id"]
    except FormError:
        return None
    return ids[0].decode("ascii") if len(ids) == 1 and _ID.fullmatch(ids[0]) else None


class ClassicCall(Unsigned):
    """The scheme: it accepts only calls whose payment can be looked up at Mollie."""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- required by Scheme
        """Refuse a call that does not name a payment."""
        if payment_id(request.body) is None:
            raise Rejected(
                "signature_mismatch", "the form has no field id with one payment's id, such as tr_5B8cwPMGnU"
            )
        return Verified()


PROVIDER = Provider(
    name="mollie-classic",
    title="Mollie (classic webhooks)",
    signs="nothing; each call is proved by what Mollie's API says about its payment, after it was accepted (`fetch`)",
    scheme=ClassicCall(),
    needs_secret=False,
    proves=Proves.NOTHING,
    find_id="each-call",
    media_types=FORM,
    keeps_id=False,
    answer=SuccessAnswer(),
    rate_limit=10.0,
    deadline=15,
    retries="10 times in 26 hours",
    notes="Anyone can call. A call has only the id of a payment, so a forged one causes no more than a question to "
    "Mollie's API: an event whose payment Mollie does not know is put on no queue. Calls about orders and "
    "subscriptions, which have other ids, are refused.",
    documentation="https://docs.mollie.com/reference/webhooks",
    sample=Sample(body="id=tr_5B8cwPMGnU6qLbRvo7qEZo", media_type="application/x-www-form-urlencoded"),
)
