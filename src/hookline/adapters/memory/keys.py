"""Provides public keys from a mapping, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference

__all__ = ["MemoryKeys"]


class MemoryKeys:
    """Keys over a mapping: only these keys exist."""

    def __init__(self, keys: Mapping[KeyReference, bytes]) -> None:
        self._keys = dict(keys)

    def kept(self, reference: KeyReference) -> bytes | None:
        """The key, or None when the mapping does not have it."""
        return self._keys.get(reference)

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:  # noqa: ARG002 -- the port's shape
        """The key. Raises UnavailableError ``keys_unavailable`` when the mapping does not have it."""
        key = self._keys.get(reference)
        if key is None:
            raise UnavailableError("keys_unavailable", f"there is no key {reference.name} of {reference.provider}")
        return key
