"""Keys that few projects use, and the modules that read them: the functions of a project on AWS contain only the modules that it needs."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

__all__ = ["rare", "rare_modules"]

_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alerts": "hookline.config.alerts",
        "allow_from": "hookline.config.networks",
        "allow_from_is_enough": "hookline.config.networks",
        "answer": "hookline.config.answers",
        "canary": "hookline.config.canary",
        "forwards": "hookline.config.forwards",
        "handshake": "hookline.config.written_handshakes",
        "schema": "hookline.config.schema",
        "trusted_proxies": "hookline.config.networks",
    }
)
"""The module for each key: of the file, of ``[server]``, of a source or of its ``verify``. No import statement names these modules."""

_DEEPEST: Final = 3
"""The tables around a key: ``sources``, the source, and its ``verify``."""


def rare(key: str) -> ModuleType:
    """The module that reads this key."""
    return import_module(_MODULES[key])


def rare_modules(written: Mapping[str, object]) -> set[str]:
    """The modules that read the keys of this file, which was parsed and is valid."""
    return {_MODULES[key] for key in _keys(written, _DEEPEST) if key in _MODULES}


def _keys(table: Mapping[str, object], depth: int) -> Iterator[str]:
    for key, value in table.items():
        yield key
        if isinstance(value, dict) and depth:
            yield from _keys(value, depth - 1)
