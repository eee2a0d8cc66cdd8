"""Senders' dialects: how each signs, and where its id, type and time are. Pure, and nothing is imported that is not configured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.providers.provider import Provider

__all__ = ["GENERAL", "PROVIDERS", "modules_of"]

GENERAL: Final[Mapping[str, str]] = MappingProxyType(
    {"hmac": "hmac_options", "none": "unsigned", "standard-webhooks": "standard_webhooks"}
)
"""The schemes that belong to no one sender, each with its module."""

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_CATALOGUE = f"{__name__}.catalogue"
_BESPOKE = f"{__name__}.bespoke"


class _Providers(Mapping[str, "Provider"]):
    """Every scheme by name; a sender's module is imported when it is asked for."""

    def __init__(self) -> None:
        self._found: dict[str, Provider] = {}

    def __getitem__(self, name: str) -> Provider:
        found = self._found.get(name)
        return found or self._found.setdefault(name, _imported(name))

    def __iter__(self) -> Iterator[str]:
        from pkgutil import iter_modules  # noqa: PLC0415 -- for lists alone: a function that starts cold has no use for it

        folders = [*import_module(_CATALOGUE).__path__, *import_module(_BESPOKE).__path__]
        names = [module.name.replace("_", "-") for module in iter_modules(folders)]
        return iter(sorted([*GENERAL, *names]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def modules_of(name: str) -> tuple[str, ...]:
    """The modules that are imported by name alone for this scheme, there or not: an archive of what runs must hold those that are."""
    if general := GENERAL.get(name):
        return (f"{__name__}.{general}",)
    module = name.replace("-", "_")
    return f"{_CATALOGUE}.{module}", f"{_BESPOKE}.{module}", f"{__name__}.transactions.{module}"


def _imported(name: str) -> Provider:
    """The entry of this name. Raises KeyError when there is none."""
    if not _NAME.fullmatch(name):
        raise KeyError(name)
    for module in modules_of(name)[:2]:
        try:
            provider: Provider = import_module(module).PROVIDER
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith(__name__):
                raise
        else:
            return provider
    raise KeyError(name)


PROVIDERS: Final[Mapping[str, Provider]] = _Providers()
"""Every scheme that ``verify = { scheme = … }`` may name, in the order of the alphabet."""
