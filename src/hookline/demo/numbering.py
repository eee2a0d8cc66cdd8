"""Puts new ids into copies of one body: finds the place of the delivery id and replaces it."""

from __future__ import annotations

import json
import re
import secrets
import tomllib
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, NoReturn

import orjson

from hookline.providers import PROVIDERS
from hookline.providers.coverage import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator
    from pathlib import Path

    from hookline.domain.source import Source

__all__ = ["FixedIdError", "IdPlace", "fresh_ids", "numbered"]

_HEADER = "header:"
_FIELDS = re.compile(r'(?:[A-Za-z_]\w*|"[^"\\]+")(?:\.(?:[A-Za-z_]\w*|"[^"\\]+"))*', re.ASCII)
_FIELD = re.compile(r'[^."]+|"[^"]+"')


class FixedIdError(ValueError):
    """Another id cannot be put into this body: the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdPlace:
    """The place of the delivery id: the header of this name, these fields of the body, or another place (neither)."""

    expression: str
    header: str | None = None
    fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: Source, config: Path) -> IdPlace:
        """The place from hookline.toml, or from the source's scheme. The file was checked before."""
        written = tomllib.loads(config.read_text("utf-8"))["sources"][source.name]
        expression = str(written.get("id") or settled(PROVIDERS[source.scheme], source.verifier).find_id)
        if expression.startswith(_HEADER):
            first = expression.partition(" || ")[0]
            return cls(expression=expression, header=first.removeprefix(_HEADER).lower())
        is_plain = expression != "content-hash" and _FIELDS.fullmatch(expression)
        found = [name.strip('"') for name in _FIELD.findall(expression)] if is_plain else []
        return cls(expression=expression, fields=tuple(found))


def fresh_ids() -> Iterator[str]:
    """An endless series of unique ids, which sort in the order of creation."""
    run = secrets.token_hex(8)
    return (f"evt_{run}_{number:06d}" for number in count(1))


def numbered(body: bytes, place: IdPlace, *, given: Container[str] = ()) -> Callable[[str], bytes]:
    """A function that returns the body for each id. Numbers are unchanged.

    Raises FixedIdError, also when the header with the id is one of the headers in ``given``.
    """
    if place.header is not None:
        if place.header in given:
            raise FixedIdError(f"the header {place.header} was given, and it contains the id")
        return lambda _: body
    if not place.fields:
        raise FixedIdError(f"its source takes the id from `{place.expression}`, where no new id can be written")
    mark = f"@{secrets.token_hex(16)}"
    before, _, after = _with_id(body, place.fields, mark).partition(mark.encode())
    return lambda delivery_id: before + delivery_id.encode() + after


def _with_id(body: bytes, fields: tuple[str, ...], delivery_id: str) -> bytes:
    try:
        document = json.loads(body.decode(), parse_float=_verbatim, parse_int=_verbatim, parse_constant=_no_such_number)
    except (ValueError, RecursionError):
        raise FixedIdError("it is not JSON, so no new id can be written into it") from None
    _put(document, fields, delivery_id)
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:  # a lone surrogate
        raise FixedIdError("it is not JSON in UTF-8, so no new id can be written into it") from None


def _put(document: object, fields: tuple[str, ...], delivery_id: str) -> None:
    *outer, last = fields
    inner = document
    for name in outer:
        inner = inner.setdefault(name, {}) if isinstance(inner, dict) else None
    if not isinstance(inner, dict):
        raise FixedIdError(f"there is no object that could hold `{'.'.join(fields)}`")
    inner[last] = delivery_id


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


def _verbatim(number: str) -> orjson.Fragment:
    """A number as its sender wrote it: 1.10 stays 1.10."""
    return orjson.Fragment(number)
