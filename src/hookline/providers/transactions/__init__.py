"""Payment events in one format: the meaning of each sender's types, with the page where the sender documents it.

Imported when configured.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.providers.transactions.mapper import Mapper

__all__ = ["MAPPED", "mapper_of"]

MAPPED = frozenset(
    {
        "adyen",
        "adyen-header",
        "airwallex",
        "braintree",
        "chargebee",
        "checkout-com",
        "coinbase-commerce",
        "gocardless",
        "lemon-squeezy",
        "mercado-pago",
        "modern-treasury",
        "mollie",
        "mollie-classic",
        "paddle",
        "paypal",
        "paystack",
        "polar",
        "razorpay",
        "recurly",
        "shopify",
        "square",
        "stripe",
        "woocommerce",
    }
)
"""The schemes whose events are mapped; each has a module of its name, with underscores for hyphens."""


_DEFAULTS: Mapping[str, str] = MappingProxyType({})


def mapper_of(scheme: str, chosen: Mapping[str, str] = _DEFAULTS) -> Mapper | None:
    """The function that reads the payment events of ``scheme``, with the ``chosen`` value of each option, or None if there is none."""
    if scheme not in MAPPED:
        return None
    mapper: Mapper = import_module(f"{__name__}.{scheme.replace('-', '_')}").MAPPER
    return mapper.choose(chosen)
