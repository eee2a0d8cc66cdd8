"""Makes the answers to senders: small JSON for stored events, RFC 9457 problem documents for errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import orjson

from hookline.domain.event import Outcome
from hookline.domain.source import OnConflict
from hookline.errors import Rejected, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.handshake import Reply
    from hookline.domain.source import Source

__all__ = ["HANDSHAKE", "REPEATED", "Answer", "answer_to", "handshake_answer", "problem"]

HANDSHAKE = "handshake"
"""The log's word for an answered handshake."""

REPEATED = "repeated"
"""The log's word for an accepted event whose body is known under another id."""

_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")
_EXTRA: Mapping[int, tuple[tuple[bytes, bytes], ...]] = {
    401: ((b"www-authenticate", b"Signature"),),  # RFC 9110 section 15.5.2 requires this header
}
_RETRY_AFTER_SECONDS = 1
_NO_CONTENT = 204


class Answer(NamedTuple):
    """An HTTP answer, and the log's word for it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    outcome: str


def answer_to(outcome: Outcome, event_id: str, source: Source) -> Answer:
    """The answer for a stored, known or conflicting event."""
    if outcome is Outcome.NEW:
        return _kept(202, event_id, "accepted", source)
    if outcome is Outcome.REPEATED:
        return _kept(202, event_id, "accepted", source, REPEATED)
    if outcome is Outcome.DUPLICATE:
        return _kept(200, event_id, "duplicate", source)
    if outcome is Outcome.REUSED:
        return problem(
            Rejected("delivery_reused", "this delivery belongs to an event with another body, which has expired"),
            event_id=event_id,
            source=source,
        )
    if source.on_conflict is OnConflict.ACKNOWLEDGE:
        return _kept(200, event_id, "conflict", source)
    return problem(
        Rejected(
            "delivery_conflict", "this delivery id, or what its signature covers, was received before with another body"
        ),
        event_id=event_id,
        source=source,
    )


def handshake_answer(reply: Reply) -> Answer:
    """The answer to a handshake. With status 204 it has no body and no Content-Length (RFC 9110 section 8.6)."""
    headers = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers]
    if reply.media_type is not None:
        headers.append((b"content-type", reply.media_type.encode()))
    if reply.status != _NO_CONTENT:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    return Answer(reply.status, headers, reply.body, HANDSHAKE)


def problem(error: Rejected | UnavailableError, *, event_id: str | None = None, source: Source | None = None) -> Answer:
    """The problem document for ``error``: its stable code, what is wrong, and what to do.

    A refusal has no body where the sender of ``source`` accepts none.
    """
    if isinstance(error, Rejected) and source is not None and source.answer is not None and source.answer.is_terse:
        headers = [(b"content-length", b"0"), *_asked_for(error)]
        return Answer(error.status, headers, b"", error.code)
    document: dict[str, object] = {
        "type": f"urn:hookline:error:{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": _detail(error),
        "remedy": error.remedy,
    }
    if event_id is not None:
        document["event_id"] = event_id
    if isinstance(error, Rejected) and error.complaints:
        document["errors"] = [{"pointer": complaint.where, "reason": complaint.why} for complaint in error.complaints]
    body = orjson.dumps(document)
    headers = [_PROBLEM, (b"content-length", b"%d" % len(body)), *_asked_for(error)]
    return Answer(error.status, headers, body, error.code)


def _asked_for(error: Rejected | UnavailableError) -> list[tuple[bytes, bytes]]:
    """The headers that HTTP requires with the error's status."""
    headers = list(_EXTRA.get(error.status, ()))
    if isinstance(error, UnavailableError):
        headers.append((b"retry-after", b"%d" % error.retry_after))
    elif error.code == "too_many_requests":
        headers.append((b"retry-after", b"%d" % _RETRY_AFTER_SECONDS))
    elif error.code == "method_not_allowed":
        headers.append((b"allow", ", ".join(error.allowed or ("POST",)).encode()))
    elif error.code == "unsupported_content_encoding":  # RFC 9110 section 15.5.16
        headers.append((b"accept-encoding", b"identity"))
    return headers


def _detail(error: Rejected | UnavailableError) -> str:
    """The detail of a sender's mistake; a fault of hookline is explained only in the log."""
    return error.title if isinstance(error, UnavailableError) else error.detail


def _kept(status: int, event_id: str, word: str, source: Source, noted: str = "") -> Answer:
    """The answer that the source's sender expects as success, or hookline's own; ``noted`` is the log's word where it differs."""
    wanted = source.answer
    if wanted is not None and wanted.body is not None:
        length = (b"content-length", b"%d" % len(wanted.body))
        media_type = [(b"content-type", wanted.media_type.encode())] if wanted.media_type else []
        return Answer(wanted.status, [*media_type, length], wanted.body, noted or word)
    body = b'{"event_id":%b,"status":"%b"}' % (orjson.dumps(event_id), word.encode())
    length = (b"content-length", b"%d" % len(body))
    return Answer(status if wanted is None else wanted.status, [_JSON, length], body, noted or word)
