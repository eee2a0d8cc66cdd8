"""Mollie's classic webhooks: a form with the id of the payment that has changed (https://docs.mollie.com/reference/webhooks).

They are not signed, and have no type and no time: the type is always ``payment``. ``movements`` and ``complete`` of ``mollie`` read
Mollie's API's answer about the payment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.form import FormError, fields_of
from hookline.domain.transaction import Kind
from hookline.providers.transactions.mapper import MappedType, Mapper, not_said
from hookline.providers.transactions.reading import UndocumentedError, reference, referred

if TYPE_CHECKING:
    from hookline.domain.event import Json

__all__ = ["MAPPER"]

_MOST_FIELDS: Final = 10


def _read(body: bytes, document: Json) -> Json:
    """The id, if the form has one."""
    if document is not None:
        return document
    try:
        fields = fields_of(body, most=_MOST_FIELDS)
    except FormError:
        raise UndocumentedError from None
    ids = [value for name, value in fields if name == b"id"]
    if len(ids) != 1:
        raise UndocumentedError
    return {"id": ids[0].decode("ascii", "replace")}


def _name(item: Json) -> str:
    """The beginning of an id says which kind of object it is."""
    if not reference(item, "id").startswith("tr_"):
        raise UndocumentedError
    return "payment"


MAPPER = Mapper(
    reads=_read,
    original_type=_name,
    occurred_at=not_said,
    types={
        "payment": MappedType(
            kind=Kind.PAYMENT,
            source="https://docs.mollie.com/reference/webhooks",
            reference=referred("id"),
            payment=referred("id"),
            money=not_said,
            stage=not_said,
            is_id_only=True,
        ),
    },
)
