"""Refused requests, and the results of trying them again, as rows for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookline.domain.quarantine import KeptRequest
    from hookline.pipeline.retry import Retried

__all__ = ["rejected_fields", "rejected_row", "retried_row"]


def rejected_row(kept: KeptRequest) -> tuple[object, ...]:
    """A row of the list: id, source, code, receipt, bytes."""
    one = kept.rejected
    return kept.id, one.source, one.code, one.request.received_at, len(one.request.body)


def rejected_fields(kept: KeptRequest) -> list[tuple[str, object]]:
    """All fields but the body, by name."""
    one, request = kept.rejected, kept.rejected.request
    return [
        ("id", kept.id),
        ("source", one.source),
        ("code", one.code),
        ("received", request.received_at),
        ("kept until", kept.expires_at),
        ("request", f"{request.method} {request.path}{f'?{request.query}' if request.query else ''}"),
        *((f"{name}:", value) for name, value in request.headers.items()),
    ]


def retried_row(result: Retried) -> tuple[object, ...]:
    """The result for one request that was tried again: id, result, event, queues."""
    if result.fault is not None:
        return result.id, f"refused [{result.fault.code}]: {result.fault.detail}", "", ""
    word = "accepted" if result.outcome == "new" else result.outcome or "would be accepted"
    queues = "passed to the router" if result.queues is None else ", ".join(result.queues)
    return result.id, word, result.event_id, queues
