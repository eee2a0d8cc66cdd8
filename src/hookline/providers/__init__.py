"""Senders' signatures: how each sender signs, and where its id, type and time are.

All of it is pure, and only configured modules are imported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.providers.catalogue import TABLES
from hookline.providers.provider import HANDSHAKES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.providers.provider import Provider

__all__ = ["GENERAL", "PROVIDERS", "modules_of"]

GENERAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "basic": "basic",
        "hmac": "hmac",
        "jwt": "jwt",
        "none": "none",
        "public-key": "public_key",
        "standard-webhooks": "standard_webhooks",
        "token": "token",
    }
)
"""The general schemes, which belong to no single sender, each with its module."""

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class _Providers(Mapping[str, "Provider"]):
    """Every scheme by name; the module that has its entry is imported when the entry is looked up."""

    def __init__(self) -> None:
        self._found: dict[str, Provider] = {}

    def __getitem__(self, name: str) -> Provider:
        if self._found.get(name) is None:
            self._found |= _entries(name)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        from pkgutil import iter_modules  # noqa: PLC0415 -- only for lists, which a function does not build at a cold start

        bespoke = iter_modules(import_module(f"{__name__}.bespoke").__path__)
        return iter(sorted([*GENERAL, *TABLES, *(module.name.replace("_", "-") for module in bespoke)]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def modules_of(name: str) -> tuple[str, ...]:
    """The modules that this scheme needs and that no import statement names; some may not exist. An archive must contain those that do."""
    transactions = f"{__name__}.transactions.{name.replace('-', '_')}"
    handshakes = (f"{HANDSHAKES}.{kind.partition('.')[0]}" for kind, _ in PROVIDERS[name].handshake_kinds)
    verify = PROVIDERS[name].verify
    general = (_module_of(str(verify["scheme"])),) if verify else ()
    fetches = f"{__name__}.fetches.{name.replace('-', '_')}"
    return _module_of(name), *general, transactions, fetches, *handshakes


def _module_of(name: str) -> str:
    """The module that has the entry of this name."""
    if general := GENERAL.get(name):
        return f"{__name__}.general.{general}"
    if table := TABLES.get(name):
        return f"{__name__}.catalogue.{table}"
    if not _NAME.fullmatch(name):
        raise KeyError(name)
    return f"{__name__}.bespoke.{name.replace('-', '_')}"


def _entries(name: str) -> Mapping[str, Provider]:
    """The entry with this name, and the other entries of its module. Raises KeyError when there is none."""
    try:
        module = import_module(_module_of(name))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith(__name__):
            raise KeyError(name) from None
        raise
    entries: tuple[Provider, ...] = module.SENDERS if TABLES.get(name) else (module.PROVIDER,)
    return {entry.name: entry for entry in entries}


PROVIDERS: Final[Mapping[str, Provider]] = _Providers()
"""Every scheme that ``verify = { scheme = … }`` may name, in alphabetical order."""
