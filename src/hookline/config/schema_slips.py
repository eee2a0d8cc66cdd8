"""Schemas that match no body, and formats that have no effect because they are misspelt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hookline.config.reader import is_misspelt, nearest
from hookline.config.schema_numbers import SCHEMAS_BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.domain.event import Json

__all__ = ["slip"]

_FORMATS: Final = frozenset(
    {
        *("date", "date-time", "decimal", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6"),
        *("iri", "iri-reference", "json-pointer", "regex", "relative-json-pointer", "time", "uri", "uri-reference"),
        *("uri-template", "uuid"),
    }
)
"""Formats that the validator checks (JSON Schema 2020-12, section 7.3), and hookline's own."""
_ANNOTATION = re.compile(r"uuid[1-8]")
"""Formats that common tools write as annotations, although they are similar to a format that is checked."""
_VALUES = frozenset({"const", "enum", "default", "example", "examples"})
_NEVER_DECIMAL = frozenset({"array", "boolean", "null", "object"})


def slip(document: Json) -> str | None:
    """The first probable mistake in the schema ``document``, with its place; None if none is found."""
    if document is False:
        return "no body matches the schema false"
    return next(_slips(document), None)


def _slips(document: Json) -> Iterator[str]:
    waiting: list[tuple[str, Json, bool]] = [("", document, False)]
    while waiting:
        pointer, schema, is_table = waiting.pop()
        if isinstance(schema, dict):
            if not is_table:
                yield from _of_format(pointer, schema.get("format"), schema.get("type"))
            waiting += [
                (f"{pointer}/{key}", value, not is_table and key in SCHEMAS_BY_NAME)
                for key, value in schema.items()
                if is_table or key not in _VALUES
            ]
        elif isinstance(schema, list):
            waiting += [(f"{pointer}/{index}", item, False) for index, item in enumerate(schema)]


def _of_format(pointer: str, name: Json, kinds: Json) -> Iterator[str]:
    if not isinstance(name, str):
        return
    if name not in _FORMATS and not _ANNOTATION.fullmatch(name) and is_misspelt(name, _FORMATS):
        yield f"{pointer}/format: unknown format {name!r}; the nearest known one is {nearest(name, sorted(_FORMATS))!r}"
    allowed = {kinds} if isinstance(kinds, str) else set(kinds) if isinstance(kinds, list) else set()
    if name == "decimal" and allowed and allowed <= _NEVER_DECIMAL:
        yield f"{pointer}/format: a decimal is a number or text, and type allows neither"
