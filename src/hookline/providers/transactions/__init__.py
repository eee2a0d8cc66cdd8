"""Payment events in one shape: what each sender's types mean, with the place where the sender says so. Imported when configured."""

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
"""The schemes whose events are mapped, each by the module of its name, with underscores for hyphens."""


_DEFAULTS: Mapping[str, str] = MappingProxyType({})


def mapper_of(scheme: str, chosen: Mapping[str, str] = _DEFAULTS) -> Mapper | None:
    """What reads the payment events of ``scheme``, with the ``chosen`` value of each option, or None where nothing does."""
    if scheme not in MAPPED:
        return None
    mapper: Mapper = import_module(f"{__name__}.{scheme.replace('-', '_')}").MAPPER
    return mapper.choose(chosen)
