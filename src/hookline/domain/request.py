"""One raw HTTP call, as it was received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.record import maker, record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["Headers", "Request", "new_request"]


class Headers:
    """Header fields by case-insensitive name; repeated fields keep their order. Do not change a Headers object.

    Values are the received bytes, read as Latin-1 (RFC 9110 section 5.5), so that every header can be decoded.
    """

    __slots__ = ("_fields", "by_name", "has_repeats")

    by_name: dict[str, str]
    """The fields by lower-case name; repeated fields are joined by ", " as in RFC 9110 section 5.3."""

    has_repeats: bool
    """Whether any name appears more than once."""

    def __init__(self, fields: Iterable[tuple[bytes, bytes]]) -> None:
        self._index([(name.lower(), value) for name, value in fields])

    @classmethod
    def of_lower_case(cls, fields: list[tuple[bytes, bytes]]) -> Headers:
        """Create Headers from names that are in lower case already, because the ASGI specification requires it of the server."""
        headers = cls.__new__(cls)
        headers._index(fields)  # noqa: SLF001 -- its own class
        return headers

    @classmethod
    def of(cls, **fields: str) -> Headers:
        """Headers from keywords, underscores for hyphens: ``Headers.of(content_type="application/json")``."""
        return cls((name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in fields.items())

    def _index(self, fields: list[tuple[bytes, bytes]]) -> None:
        self._fields = fields
        self.by_name = {name.decode("latin-1"): value.decode("latin-1") for name, value in fields}
        self.has_repeats = len(self.by_name) != len(fields)
        if self.has_repeats:
            repeats: dict[str, list[str]] = {}
            for name, value in fields:
                repeats.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
            self.by_name = {name: ", ".join(values) for name, values in repeats.items()}

    def get(self, name: str) -> str | None:
        """The field's value, with repeated fields joined by ", "; None when it is absent."""
        return self.by_name.get(name.lower())

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of the field, in the order received."""
        key = name.lower().encode("latin-1")
        return tuple(value.decode("latin-1") for field, value in self._fields if field == key)

    def items(self) -> tuple[tuple[str, str], ...]:
        """Every field with its lower-case name, in the order received."""
        return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._fields)

    def __repr__(self) -> str:
        return f"Headers({[name.decode('latin-1') for name, _ in self._fields]})"  # values may be signatures


@record
class Request:
    """One HTTP call: its exact bytes, and the moment when it was received, which verification uses as the current time."""

    method: str
    path: str
    headers: Headers
    body: bytes
    received_at: datetime
    query: str = ""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path}, {len(self.body)} bytes)"  # the body must not be logged


new_request = maker(Request)
"""Creates a ``Request`` faster than the class does: this runs for each request."""
