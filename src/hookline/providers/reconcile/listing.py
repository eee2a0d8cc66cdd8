"""The common part of all senders' lists of sent events, and readers that check every value."""

from __future__ import annotations

import json
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import orjson

from hookline.domain.moment import is_moment, moment_of
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.event import Json
    from hookline.domain.sender_call import SenderAnswer, SenderCall

__all__ = [
    "ListingError",
    "Page",
    "Sent",
    "SentEvents",
    "Window",
    "as_list",
    "as_moment",
    "as_object",
    "as_text",
    "document_of",
    "member_text",
]

MOST_OF_A_PAGE: Final = 1000
_LONGEST_TEXT: Final = 256
_LATEST: Final = 32_503_680_000  # seconds: the year 3000
_SPACE: Final = " \t\r\n"

T = TypeVar("T")


class ListingError(ValueError):
    """The answer is not as documented, or the request is not possible: the message says what is wrong."""


@record
class Window:
    """The window of time, by the sender's clock: from ``since`` on, before ``until``.

    ``undelivered``: only events that the sender counts as not delivered.
    """

    since: datetime
    until: datetime
    undelivered: bool = False


@record
class Sent:
    """One event that the sender reports as sent.

    ``key`` is its name in the sender's API. ``delivered`` is whether the sender counts it as delivered, None where it does not say.
    ``headers`` and ``document`` are the parts of the call that the list contains: enough to compute the event's id. ``delivery_id`` is the
    id if verification finds it, and not an expression.
    """

    key: str
    type: str
    at: datetime
    delivered: bool | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    document: Json = None
    delivery_id: str | None = None


@record
class Page:
    """One page of events, in the sender's order, and the query of the next page; None after the last."""

    events: Sequence[Sent]
    next: str | None


class SentEvents(Protocol):
    """The list of what one sender has sent, in the terms of its API."""

    @property
    def says_delivered(self) -> bool:
        """Whether the API reports what was delivered."""
        ...

    @property
    def newest_first(self) -> bool:
        """Whether the list has the newest events first."""
        ...

    @property
    def has_events(self) -> bool:
        """Whether the events themselves can be fetched."""
        ...

    @property
    def note(self) -> str:
        """A note that is needed to understand the comparison."""
        ...

    def first(self, window: Window) -> str:
        """The query of the first page."""
        ...

    def page(self, query: str) -> SenderCall:
        """The call that requests a page."""
        ...

    def read(self, query: str, answer: SenderAnswer) -> Page:
        """The content of a page. Raises ListingError."""
        ...

    def one(self, sent: Sent) -> SenderCall:
        """The call that requests one event as it was sent."""
        ...

    def delivery(self, sent: Sent, answer: SenderAnswer) -> tuple[Mapping[str, str], bytes]:
        """Headers and body of the call that the sender made, from the answer to ``one``. Raises ListingError."""
        ...

    def again(self, sent: Sent) -> SenderCall | None:
        """The call that makes the sender send it again, None where its API cannot."""
        ...


def document_of(body: bytes) -> Json:
    """The answer as a parsed document."""
    try:
        found: Json = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ListingError("the answer is not JSON") from None
    return found


def as_object(value: Json, what: str) -> Mapping[str, Json]:
    """The value as a JSON object."""
    if not isinstance(value, dict):
        raise ListingError(f"{what} is not an object")
    return value


def as_list(value: Json, what: str) -> Sequence[Json]:
    """A JSON array with at most as many items as any page has."""
    if not isinstance(value, list):
        raise ListingError(f"{what} is not a list")
    if len(value) > MOST_OF_A_PAGE:
        raise ListingError(f"{what} has more than {MOST_OF_A_PAGE} entries")
    return value


def as_text(value: Json, what: str) -> str:
    """Text that is short and has no control characters."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT or not value.isprintable():
        raise ListingError(f"{what} is not a short text")
    return value


def as_moment(value: Json, what: str) -> datetime:
    """Seconds since 1970, or RFC 3339 text."""
    try:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LATEST:
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str) and is_moment(value):
            return moment_of(value).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ListingError(f"{what} is not a time")


def member_text(body: bytes, *path: str) -> bytes:
    """The text of one member of nested objects, as it is written, because parsing could change a number. Raises ListingError."""
    try:
        text = body.decode()
        start, end = 0, len(text)
        for name in path:
            start, end = _member(text, _skip(text, start), name)
        return text[start:end].encode()
    except (ValueError, RecursionError, IndexError):
        raise ListingError(f"there is no {'.'.join(path)} in the answer") from None


def _member(text: str, at: int, name: str) -> tuple[int, int]:
    """The position of the value of ``name`` in the object that begins at ``at``. Raises ValueError and IndexError."""
    decoder = json.JSONDecoder()
    if text[at] != "{":
        raise ValueError(name)
    while text[at] in "{,":
        key, at = decoder.raw_decode(text, _skip(text, at + 1))
        start = _skip(text, _skip(text, at) + 1)
        _, end = decoder.raw_decode(text, start)
        if key == name:
            return start, end
        at = _skip(text, end)
    raise ValueError(name)


def _skip(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at
