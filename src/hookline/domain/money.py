"""Amounts without rounding: ISO 4217's minor units, and decimals as text. No floats are used."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EXPONENTS", "decimal_text", "normalised"]

_CODES: Final[Mapping[int, str]] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY "
    "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
    "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR "
    "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
    "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG "
    # Withdrawn since 2022, but old payments in it are still refunded or disputed.
    "ANG BGN CUC HRK SLL ZWL",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
"""ISO 4217:2015, list one as its maintenance agency (SIX) published it on 2026-01-01, and the currencies that were in it on 2022-04-01.

Codes without a minor unit (metals, baskets, XXX) are left out, because no payment has such a currency.
"""

EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {code: exponent for exponent, codes in _CODES.items() for code in codes.split()}
)
"""The number of decimal digits of each currency."""

_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,18})(?:\.([0-9]{1,18}))?")


def decimal_text(minor: int, exponent: int) -> str:
    """The amount of ``minor`` units as a decimal with exactly ``exponent`` digits: ``(1099, 2)`` is ``"10.99"``."""
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    whole = len(digits) - exponent
    return ("-" if minor < 0 else "") + digits[:whole] + (f".{digits[whole:]}" if exponent else "")


def normalised(text: str, currency: str) -> str:
    """The decimal ``text`` with as many decimal digits as ``currency`` has, or more where the value needs them.

    Raises ValueError when it is no decimal, KeyError when the currency is not in ISO 4217.
    """
    whole, fraction = _parts(text)
    kept = fraction.rstrip("0").ljust(EXPONENTS[currency], "0")
    return ("-" if text.startswith("-") else "") + whole + (f".{kept}" if kept else "")


def _parts(text: str) -> tuple[str, str]:
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise ValueError("this is not a decimal number")
    return found[1], found[2] or ""
