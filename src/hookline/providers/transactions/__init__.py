"""Payment events in one shape: what each sender's types mean, with the place where the sender says so. Imported when configured."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookline.providers.transactions.mapper import Mapper

__all__ = ["MAPPED", "mapper_of"]

MAPPED = frozenset({"adyen", "gocardless", "paddle", "paypal", "razorpay", "square", "stripe"})
"""The schemes whose events are mapped, each by the module of its name, with underscores for hyphens."""


def mapper_of(scheme: str) -> Mapper | None:
    """What reads the payment events of ``scheme``, or None where nothing does."""
    if scheme not in MAPPED:
        return None
    mapper: Mapper = import_module(f"{__name__}.{scheme.replace('-', '_')}").MAPPER
    return mapper
