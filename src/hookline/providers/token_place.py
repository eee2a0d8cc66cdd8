"""Where a sender writes a token: in a header, after ``Bearer``, in the query, or in a field of the body; in only one of these."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol, TypeVar
from urllib.parse import urlencode

from hookline.domain.form import FormError, fields_of
from hookline.errors import Rejected
from hookline.providers.bodies import object_in, parsed, text_at
from hookline.providers.scheme import OptionError, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.providers.scheme import Scheme

__all__ = ["BEARER", "PLACE_OPTIONS", "Place", "at_its_place", "place_of"]

PLACE_OPTIONS: Final = frozenset({"bearer", "body", "header", "prefix", "query"})

_PLACES: Final = ("header", "bearer", "query", "body")
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110 section 5.6.2, token
_FIELD_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 2000
_MOST_HEADERS: Final = 8

S = TypeVar("S", bound="type[Scheme]")


@record
class Place:
    """One place.

    A header's value begins with ``prefix``; in ``Authorization`` the name of a scheme is case-insensitive (RFC 9110 section 11.1).
    """

    headers: tuple[str, ...] = ()
    prefix: str = ""
    query: str = ""
    body: str = ""

    @property
    def words(self) -> str:
        """The place in words, for a refusal."""
        if self.query:
            return f"the field {self.query} of the query"
        if self.body:
            return f"{self.body} of the body"
        return f"the header {' or '.join(self.headers)}"

    @property
    def signed(self) -> Signed:
        """The fields that are read by name and could be repeated."""
        if self.query:
            return Signed(query=frozenset({self.query}))
        return Signed(members=(self._path,), form=frozenset({self.body})) if self.body else Signed()

    def texts(self, request: Request, *, separator: str | None = None) -> list[str]:
        """Every text at this place, one for each occurrence, as Latin-1 if it is in a header. Raises Rejected if there is none.

        ``separator`` is the character with which a proxy joins repeated headers, for texts that never contain it.
        """
        if self.headers:
            values = [value for name in self.headers for value in request.headers.all(name)]
            if separator and not self.prefix.count(separator):
                values = [part for value in values for part in value.split(separator)]
            found = [text for value in values if (text := self._behind_prefix(value.strip(" \t")))]
        elif self.query:
            values, found = [], _fields(request.query.encode("utf-8", "replace"), self.query)
        else:
            values, found = [], self._in_body(request)
        if not found and not any(values):
            raise Rejected("signature_missing", f"{self.words} is missing or empty")
        return found

    def headers_with(self, token: str) -> dict[str, str]:
        """The header with the token; empty if its place is not a header."""
        return {self.headers[0]: f"{self.prefix}{token}"} if self.headers else {}

    def query_with(self, token: str) -> str:
        """The query with the token."""
        return urlencode({self.query: token})

    def body_with(self, body: bytes, token: str) -> bytes:
        """The body with the token in it: a JSON object, or else a form."""
        if not isinstance(parsed(body), dict):
            return b"&".join(part for part in (body, urlencode({self.body: token}).encode()) if part)
        document: dict[str, object] = object_in(body)
        inner = document
        for name in self._path[:-1]:
            found = inner.get(name)
            inner[name] = inner = found if isinstance(found, dict) else {}
        inner[self._path[-1]] = token
        return json.dumps(document).encode()

    @property
    def _path(self) -> tuple[str, ...]:
        return tuple(self.body.split("."))

    def _behind_prefix(self, value: str) -> str:
        found = _beginning(self.prefix, is_authorization=self.headers[0].lower() == "authorization").match(value)
        return value[found.end() :] if found else ""

    def _in_body(self, request: Request) -> list[str]:
        media_type = (request.headers.get("content-type") or "").partition(";")[0].strip(" \t").lower()
        if media_type.startswith(_FORM):
            return _fields(request.body, self.body)
        text = text_at(parsed(request.body), *self._path).decode("utf-8", "replace")
        return [text] if text else []


def place_of(options: Mapping[str, object], *, usual: Place | None = None) -> Place:
    """The place that the options name, or ``usual`` if they name none. Raises OptionError unless the options name exactly one place."""
    named = [option for option in _PLACES if option in options]
    if len(named) > 1:
        raise OptionError(named[1], f"says where the token is, but {named[0]} says it too: write one of them")
    if options.get("prefix") is not None and named[:1] != ["header"]:
        raise OptionError("prefix", "is for a token in a header: name the header")
    if not named:
        if usual is None:
            raise OptionError("header", "write where the token is: header, bearer = true, query or body")
        return usual
    if "header" in options:
        return Place(headers=_headers(options["header"]), prefix=_prefix(options.get("prefix", "")))
    if "bearer" in options:
        if options["bearer"] is not True:
            raise OptionError("bearer", "must be true, or be removed")
        return BEARER
    if "query" in options:
        return Place(query=_field("query", options["query"]))
    path = _field("body", options["body"])
    if not all(path.split(".")):
        raise OptionError("body", "must be names of members, with a full stop between two of them")
    return Place(body=path)


BEARER: Final = Place(headers=("Authorization",), prefix="Bearer ")


class _Placed(Protocol):
    """A scheme whose token has a place."""

    @property
    def place(self) -> Place:
        """The place of the token."""
        ...

    def token(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> str:
        """The text that the sender writes there."""
        ...


class _InBody:
    """Additional methods of a scheme whose token is in the body: see ``hookline.providers.scheme.SignsInside``."""

    __slots__ = ()

    def signed_body(self: _Placed, body: bytes, *, secret: bytes, at: datetime) -> bytes:
        """``body`` with the token in it."""
        return self.place.body_with(body, self.token(body, secret=secret, delivery_id="", at=at))

    @property
    def signed(self: _Placed) -> Signed:
        """The field, which must not be repeated."""
        return self.place.signed


class _InQuery:
    """Additional methods of a scheme whose token is in the query: see ``hookline.providers.scheme.SignsQuery``."""

    __slots__ = ()

    def signed_query(self: _Placed, body: bytes, *, secret: bytes, at: datetime) -> str:
        """The query with the token."""
        return self.place.query_with(self.token(body, secret=secret, delivery_id="", at=at))

    @property
    def signed(self: _Placed) -> Signed:
        """The field, which must not be repeated."""
        return self.place.signed


def at_its_place(scheme: S, place: Place) -> S:
    """The class of a scheme with a ``place`` and a ``token``, with the additional methods for a token in the body or in the query."""
    kind = _InBody if place.body else _InQuery if place.query else None
    return scheme if kind is None else _mixed(scheme, kind)  # type: ignore[return-value]  # _mixed returns a subclass of the scheme


@lru_cache(maxsize=32)
def _mixed(scheme: type, kind: type) -> type:
    return type(f"{scheme.__name__}{kind.__name__.strip('_')}", (kind, scheme), {"__slots__": ()})


@lru_cache(maxsize=64)
def _beginning(prefix: str, *, is_authorization: bool) -> re.Pattern[str]:
    """The text at the beginning of a header's value."""
    scheme = prefix.rstrip(" ")
    if is_authorization and len(scheme) < len(prefix):
        return re.compile(f"(?i:{re.escape(scheme)}) +")
    return re.compile(re.escape(prefix))


def _fields(text: bytes, name: str) -> list[str]:
    """The values of every field with this name; empty if there are thousands of fields."""
    try:
        pairs = fields_of(text, most=_MOST_FIELDS)
    except FormError:
        return []
    named = {name.encode(): True}
    return [value.decode("utf-8", "replace") for key, value in pairs if value and named.get(key)]


def _headers(written: object) -> tuple[str, ...]:
    listed = written if isinstance(written, list) else [written]
    names = [name for name in listed if isinstance(name, str) and _HEADER_NAME.fullmatch(name)]
    if not names or len(names) < len(listed):
        raise OptionError("header", "must be a header's name, or a list of names")
    if len(names) > _MOST_HEADERS or len({name.lower() for name in names}) < len(names):
        raise OptionError("header", f"must be up to {_MOST_HEADERS} headers, each named once")
    return tuple(names)


def _prefix(written: object) -> str:
    if not isinstance(written, str) or not written.isascii() or not written.isprintable() or written.startswith(" "):
        raise OptionError("prefix", "must be printable ASCII text that does not begin with a space")
    return written


def _field(option: str, written: object) -> str:
    if not isinstance(written, str) or not _FIELD_NAME.fullmatch(written):
        raise OptionError(option, "must be the name of a field")
    return written
