"""The id, type and time of an event, and the transaction that it reports."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeGuard

from hookline.domain.characters import has_controls, is_readable, without_noncharacters
from hookline.domain.content_type import content_type as with_parameters
from hookline.domain.event import DEFAULT_TYPE, Status, new_event
from hookline.domain.fetch import FETCH
from hookline.domain.json_text import read_exactly
from hookline.domain.kept_headers import kept
from hookline.domain.message import IN_BASE64, ORIGINAL_TIME
from hookline.domain.moment import LATEST_SECOND, from_epoch, is_moment, is_plain_moment, readable_moment
from hookline.domain.transaction import attributes_of
from hookline.errors import Rejected
from hookline.pipeline.claims import claims_of
from hookline.providers import GENERAL

if TYPE_CHECKING:
    from hookline.domain.event import Event, Json
    from hookline.domain.request import Request
    from hookline.domain.source import Source, Verified
    from hookline.domain.transaction import TransactionFinder

__all__ = ["event_id", "identify"]

_LONGEST_NAME = 256
"""The most characters of an id. Longer ids are refused; DynamoDB keys and SQS attributes have room for this and its prefix."""

_REPLACEMENT = "\ufffd"
_SCALARS = (str, int, float)
_SECONDS_BELOW = 100_000_000_000  # epoch numbers above this (the year 5138 in seconds) are read as milliseconds


def identify(
    request: Request,
    source: Source,
    *,
    document: Json,
    verified: Verified,
    content_type: str,
    text: bytes | None = None,
) -> Event:
    """The event, with id, type and time from the places that its source names. ``content_type`` is the body's media type.

    ``text`` is that of a body that some parsers refuse (``parse_any``): such a body is sent in base64.
    """
    headers = request.headers
    found_id = source.find_id(request, document) if source.find_id else verified.delivery_id
    if source.find_id and text is not None and _REPLACEMENT in str(found_id):  # it replaces every lone surrogate
        found_id = source.find_id(request, read_exactly(text))
    type_ = source.find_type(request, document) if source.find_type else DEFAULT_TYPE
    time = source.find_time(request, document) if source.find_time else None
    id_ = event_id(source.name, found_id if _is_plain(found_id) else _delivery_id(found_id, request, source))
    metadata = {"secret": verified.secret} if verified.secret else {}
    if text is not None:
        metadata |= IN_BASE64
    if not headers.by_name.keys().isdisjoint(source.kept_headers):
        metadata |= kept(headers, source.kept_headers)
    if not (type(time) is str and is_plain_moment(time)):
        time, written = _time(time, request)
        if written is not None:
            metadata |= _original_time(written)
    if source.find_transaction is not None:
        metadata |= _transaction(source.find_transaction, request.body, document, time)
    if source.fetch is not None and (wanted := source.fetch.find(request, document)) is not None:
        metadata[FETCH] = str(wanted)
    body_sha256 = hashlib.sha256(request.body).digest()
    remembering = source.remembering
    return new_event(
        id=id_,
        source=source.name,
        type=type_ if _is_plain(type_) else _type(type_),
        time=time,
        received_at=request.received_at,
        content_type=with_parameters(headers.by_name.get("content-type") or "", content_type),
        body=request.body,
        body_sha256=body_sha256,
        metadata=metadata,
        status=Status.RECEIVED,
        claims=()
        if remembering is None
        else claims_of(
            remembering,
            source.name,
            event_id=id_,
            body_sha256=body_sha256,
            verified=verified,
            received_at=request.received_at,
        ),
    )


def _transaction(find: TransactionFinder, body: bytes, document: Json, time: str) -> dict[str, str]:
    """The transaction that the event reports, by the names of its attributes; if it has no time, the event's ``time``."""
    transaction = find(find.document_of(body, document))
    if transaction is None:
        return {}
    occurred_at = readable_moment(transaction.occurred_at) if transaction.occurred_at is not None else None
    return attributes_of(replace(transaction, occurred_at=occurred_at or time))


def event_id(source: str, delivery_id: str) -> str:
    """The readable id of an event, which is also its dedupe key.

    Source names contain no colon, so the id can be split in one way only.
    """
    return f"{source}:{delivery_id}"


def _is_plain(value: object) -> TypeGuard[str]:
    """Whether an id or a type is text that needs no change: nearly all are."""
    return type(value) is str and 0 < len(value) <= _LONGEST_NAME and value.isprintable()


def _delivery_id(value: object, request: Request, source: Source) -> str:
    if value is None or value == "":
        raise Rejected("delivery_id_missing", "the request has no delivery id at the place that this source reads")
    if source.find_id is None and source.scheme not in GENERAL and not is_readable(str(value)):
        return hashlib.sha256(request.body).hexdigest()  # as for any named sender's id that cannot be used
    name = _name(value, "delivery_id_invalid", "the delivery id")
    return name if is_readable(name) else f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"


def _type(value: object) -> str:
    if value is None or value == "":
        raise Rejected("event_type_missing", "the request has no event type at the place that this source reads")
    name = _name(value, "event_type_invalid", "the event type")
    return name if is_readable(name) else without_noncharacters(name)


def _name(value: object, code: str, what: str) -> str:
    """Text or a whole number: two different numbers with a fraction, or too large to be exact, could become the same name."""
    if type(value) is str:
        text = value
    elif type(value) is int:
        text = str(value)
    else:
        raise Rejected(code, f"{what} is neither text nor a whole number of at most 64 bits")
    if len(text) > _LONGEST_NAME:
        raise Rejected(code, f"{what} has more than {_LONGEST_NAME} characters")
    if not text.isprintable() and has_controls(text):
        raise Rejected(code, f"{what} contains control characters")
    return text


def _time(value: object, request: Request) -> tuple[str, object]:
    """RFC 3339 text that readers of messages accept, and the sender's own text where that has another meaning or none.

    A verified call is not refused because of its time: the time of receipt is used instead.
    """
    if value is None or value == "":
        return _receipt(request), None
    found = readable_moment(value) if isinstance(value, str) and is_moment(value) else _from_epoch(value)
    return (_receipt(request), value) if found is None else (found, None)


def _original_time(written: object) -> dict[str, str]:
    """A time that the event could not use, if a message can contain it."""
    text = str(written)[:_LONGEST_NAME] if type(written) in _SCALARS else ""
    return {ORIGINAL_TIME: text} if text and is_readable(text) else {}


def _receipt(request: Request) -> str:
    return request.received_at.isoformat().replace("+00:00", "Z")


def _from_epoch(value: object) -> str | None:
    """RFC 3339 text of seconds or milliseconds since 1970, given as a number or as digits; None for anything else."""
    digits = (
        isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(LATEST_SECOND)) + 3
    )
    number = int(value) if isinstance(value, str) and digits else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < LATEST_SECOND * 1000:
        return None
    since = timedelta(seconds=number) if number < _SECONDS_BELOW else timedelta(milliseconds=number)
    return from_epoch(since)
