"""One raw HTTP call, as it came in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["Headers", "Request"]


@lru_cache(maxsize=1024)
def _key(name: str) -> bytes:
    return name.lower().encode()


@lru_cache(maxsize=256)
def _keys(names: tuple[str, ...]) -> frozenset[bytes]:
    return frozenset(map(_key, names))


class Headers:
    """Header fields by case-blind name, repeats kept in order.

    Values are bytes as they came, read as Latin-1 (RFC 9110 section 5.5), so that no header can fail to decode.
    """

    __slots__ = ("_fields", "_single")

    def __init__(self, fields: Iterable[tuple[bytes, bytes]]) -> None:
        self._index([(name.lower(), value) for name, value in fields])

    @classmethod
    def of_lower_case(cls, fields: list[tuple[bytes, bytes]]) -> Headers:
        """The same without lowering the names again, for a server that has done it (the ASGI specification says it must)."""
        headers = cls.__new__(cls)
        headers._index(fields)  # noqa: SLF001 -- its own class
        return headers

    @classmethod
    def of(cls, **fields: str) -> Headers:
        """Headers from keywords, underscores for hyphens: ``Headers.of(content_type="application/json")``."""
        return cls((name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in fields.items())

    def _index(self, fields: list[tuple[bytes, bytes]]) -> None:
        self._fields = fields
        single = dict(fields)
        self._single = single if len(single) == len(fields) else None

    def get(self, name: str) -> str | None:
        """The field's value, repeats joined by ", " as RFC 9110 section 5.3 does; None when it is absent."""
        key = _key(name)
        if self._single is not None:
            value = self._single.get(key)
            return None if value is None else value.decode("latin-1")
        return ", ".join(self.all(name)) if any(field == key for field, _ in self._fields) else None

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of the field, in the order they came."""
        key = _key(name)
        return tuple(value.decode("latin-1") for field, value in self._fields if field == key)

    @property
    def has_repeats(self) -> bool:
        """Whether any name stands more than once."""
        return self._single is None

    def has_any(self, names: tuple[str, ...]) -> bool:
        """Whether any of these fields is there."""
        present = self._single if self._single is not None else dict(self._fields)
        return not _keys(names).isdisjoint(present)

    def items(self) -> tuple[tuple[str, str], ...]:
        """Every field with its lower-case name, in the order they came."""
        return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._fields)

    def __repr__(self) -> str:
        return f"Headers({[name.decode('latin-1') for name, _ in self._fields]})"  # values may be signatures


@record
class Request:
    """One HTTP call: exact bytes, and the moment it was received, which is what "now" means to verification."""

    method: str
    path: str
    headers: Headers
    body: bytes
    received_at: datetime
    query: str = ""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path}, {len(self.body)} bytes)"  # the body stays out of logs
