"""Provides secrets whose values were read when the process started."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from hookline.domain.secret import Secret
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

__all__ = ["LoadedSecrets"]

_MOST_KEPT = 1024
"""Cached combinations of names: more than a configuration has sources."""


class LoadedSecrets:
    """Secrets over a mapping of names to values; those in ``may_be_missing`` are left out until their values arrive."""

    def __init__(self, values: Mapping[str, bytes], *, may_be_missing: Collection[str] = ()) -> None:
        self._values = dict(values)
        self._may_be_missing = frozenset(may_be_missing)
        self._read = lru_cache(maxsize=_MOST_KEPT)(self._read_anew)

    def read(self, names: Sequence[str]) -> tuple[Secret, ...]:
        """The secrets of these names, in this order; UnavailableError names the first missing one."""
        return self._read(tuple(names))

    @property
    def reader(self) -> Callable[[Sequence[str]], Sequence[Secret]]:
        """``read`` for a tuple of names, with a cache, since it is called for each request."""
        return self._read

    def has(self, name: str) -> bool:
        """Whether there is a secret of this name now."""
        return name in self._values

    def learn(self, name: str, value: bytes) -> None:
        """Add a secret that arrived after the start."""
        self._values[name] = value
        self._read.cache_clear()

    def _read_anew(self, names: tuple[str, ...]) -> tuple[Secret, ...]:
        return tuple(self._secret(name) for name in names if self._is_wanted(name))

    def _is_wanted(self, name: str) -> bool:
        return name in self._values or name not in self._may_be_missing

    def _secret(self, name: str) -> Secret:
        value = self._values.get(name)
        if value is None:
            raise UnavailableError("secrets_unavailable", f"there is no secret {name}")
        return Secret(name=name, value=value)
