"""What commands and consumers read, as JSON documents; a body that is text appears as text, without any change."""

from __future__ import annotations

import base64
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.config.units import duration_text
from hookline.domain.erasure import is_erased_body
from hookline.domain.event import Status
from hookline.domain.fetch import awaits_record
from hookline.domain.message import attribute_text
from hookline.domain.moment import moment_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.handshake import Armed
    from hookline.domain.message import DeadLetter, Delivery
    from hookline.domain.quarantine import KeptCall, KeptRequest
    from hookline.domain.source import Source
    from hookline.errors import HooklineError
    from hookline.pipeline.doctor import Diagnosis
    from hookline.pipeline.pauses import PausedSource
    from hookline.pipeline.replay import Replayed
    from hookline.pipeline.retry import Retried
    from hookline.ports.audit import AuditEntry
    from hookline.ports.event_store import StoredEvent
    from hookline.ports.queue_listing import ListedQueue

__all__ = [
    "audit_document",
    "audit_row",
    "body_field",
    "diagnosis_document",
    "diagnosis_fields",
    "event_document",
    "event_fields",
    "event_row",
    "event_summary",
    "message_document",
    "queue_document",
    "queue_row",
    "rejected_call",
    "rejected_document",
    "rejected_summary",
    "replayed_document",
    "retried_document",
    "source_document",
    "source_row",
    "unexplained_lines",
]


def event_summary(stored: StoredEvent) -> dict[str, object]:
    """All fields but the bodies."""
    event, attempt = stored.event, stored.attempt
    return {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time,
        "received_at": moment_text(event.received_at),
        "status": event.status.value,
        "held": event.held,
        "content_type": event.content_type,
        "size": len(event.body),
        "sha256": event.body_sha256.hex(),
        "metadata": dict(event.metadata),
        "attempt": {
            "since": moment_text(attempt.since),
            "count": attempt.count,
            "next_at": moment_text(attempt.next_at),
            "reason": attempt.reason,
        },
        "expires_at": moment_text(stored.expires_at),
        "conflicts": stored.conflicts,
    }


def event_document(stored: StoredEvent) -> dict[str, object]:
    """All fields, with the bodies that were stored as conflicts. Erased bodies are left out."""
    set_aside = [
        {
            "received_at": moment_text(second.received_at),
            "sha256": second.body_sha256.hex(),
            **_body_of(second.body, second.body_sha256),
        }
        for second in stored.set_aside
    ]
    body = _body_of(stored.event.body, stored.event.body_sha256)
    return {**event_summary(stored), **body, "set_aside": set_aside}


def event_row(stored: StoredEvent) -> tuple[object, ...]:
    """A row of a list: id, type, status, receipt, conflicts, and why routing failed."""
    event = stored.event
    return (
        event.id,
        event.type,
        event.status,
        event.received_at,
        stored.conflicts or None,
        _why_it_waits(stored) or stored.attempt.reason,
    )


def event_fields(stored: StoredEvent) -> list[tuple[str, object]]:
    """All fields of an event but its bodies, by name."""
    event, attempt = stored.event, stored.attempt
    fields: list[tuple[str, object]] = [
        ("event", event.id),
        ("type", event.type),
        ("time", event.time),
        ("received", event.received_at),
        ("status", ", ".join(filter(None, (event.status, _waits_for(stored))))),
        ("content type", event.content_type),
        ("SHA-256", event.body_sha256.hex()),
        *event.metadata.items(),
        ("failed tries", attempt.count or None),
        ("next try", attempt.next_at),
        ("reason", attempt.reason),
        ("expires", stored.expires_at),
        ("conflicts", stored.conflicts or None),
    ]
    return [(name, value) for name, value in fields if value not in (None, "")]


def _waits_for(stored: StoredEvent) -> str:
    if stored.event.held:
        return "held until its source is resumed"
    is_waiting = stored.event.status is Status.RECEIVED and awaits_record(stored.event.metadata)
    return "waiting for its record from the sender's API" if is_waiting else ""


def _why_it_waits(stored: StoredEvent) -> str:
    if stored.event.held:
        return "held: its source is paused"
    waits, reason = _waits_for(stored), stored.attempt.reason
    return f"{waits}: {reason}" if waits and reason else waits


def _body_of(body: bytes, body_sha256: bytes) -> dict[str, str]:
    return {} if is_erased_body(body, body_sha256) else body_field(body)


def body_field(body: bytes) -> dict[str, str]:
    """``body`` as text when it is UTF-8, else ``body_base64``."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def message_document(delivery: Delivery) -> dict[str, object]:
    """A message; its body is a string, so that its text stays unchanged."""
    return {
        "message_id": delivery.message_id,
        "event_id": delivery.event_id,
        "attributes": {name: attribute_text(value) for name, value in delivery.attributes.items()},
        "receives": delivery.receives,
        "sent_at": moment_text(delivery.sent_at),
        "first_received_at": moment_text(delivery.first_received_at),
        "last_failure": delivery.last_failure,
        "last_received_at": moment_text(delivery.last_received_at),
        "dead_letter": _dead_letter_document(delivery.dead_letter),
        "body": delivery.body,
    }


def _dead_letter_document(dead: DeadLetter | None) -> dict[str, object] | None:
    """Why a message is a dead letter; None for any other message."""
    if dead is None:
        return None
    return {
        "queue": dead.queue,
        "receives": dead.receives,
        "last_received_at": moment_text(dead.last_received_at),
        "moved_at": moment_text(dead.moved_at),
    }


def queue_document(listed: ListedQueue) -> dict[str, object]:
    """The messages of a queue and of its dead-letter queue; ``configured`` is False if the queue is no longer in hookline.toml."""
    own, dead = listed.own, listed.dead
    return {
        "name": listed.queue.name,
        "fifo": listed.queue.fifo is not None,
        "visible": own.visible,
        "in_flight": own.in_flight,
        "delayed": own.delayed,
        "oldest_age_seconds": own.oldest_age,
        "dead_letter_queue": listed.queue.dead_letter_name,
        "dead_letters": dead.visible + dead.in_flight + dead.delayed,
        "dead_oldest_age_seconds": dead.oldest_age,
        "configured": listed.configured,
        "paused": listed.is_paused,
        "dead_letters_paused": listed.dead_is_paused,
    }


def queue_row(listed: ListedQueue) -> tuple[object, ...]:
    """A row of the list: name, visible, in flight, delayed, the oldest's age, dead letters, and which of the two queues are paused."""
    age = None if listed.own.oldest_age is None else duration_text(timedelta(seconds=listed.own.oldest_age))
    own, letters = listed.own, listed.dead
    dead = letters.visible + letters.in_flight + letters.delayed
    names = (listed.queue.name, listed.is_paused), (listed.queue.dead_letter_name, listed.dead_is_paused)
    paused = ", ".join(name for name, is_paused in names if is_paused)
    name = listed.queue.name if listed.queue.fifo is None else f"{listed.queue.name} (FIFO)"
    return name, own.visible, own.in_flight, own.delayed, age, dead, paused


def rejected_summary(kept: KeptRequest) -> dict[str, object]:
    """All fields but headers and body."""
    return rejected_call(kept.call)


def rejected_call(call: KeptCall) -> dict[str, object]:
    """All fields of a request that was read without headers and body."""
    return {
        "id": call.id,
        "source": call.source,
        "code": call.code,
        "received_at": moment_text(call.received_at),
        "expires_at": moment_text(call.expires_at),
        "method": call.method,
        "url": f"{call.path}?{call.query}" if call.query else call.path,
        "size": call.body_size,
    }


def rejected_document(kept: KeptRequest) -> dict[str, object]:
    """All fields, in the form of a request's file; ``now`` is when it was received, in seconds since 1970."""
    request = kept.rejected.request
    names = dict.fromkeys(name for name, _ in request.headers.items())
    headers = {name: list(request.headers.all(name)) for name in names}
    now = int(request.received_at.timestamp())
    return {**rejected_summary(kept), "now": now, "headers": headers, **body_field(request.body)}


def replayed_document(result: Replayed) -> dict[str, object]:
    """The result of a replay for one event."""
    if result.fault is not None:
        return {"event_id": result.event_id, "replayed": False, "error": _error(result.fault)}
    return {
        "event_id": result.event_id,
        "replayed": True,
        "status": result.status.value,
        "queues": list(result.queues),
    }


def retried_document(result: Retried) -> dict[str, object]:
    """The result of another try for one rejected request; ``outcome`` is None if it was only a trial run."""
    if result.fault is not None:
        return {"id": result.id, "accepted": False, "error": _error(result.fault)}
    return {
        "id": result.id,
        "accepted": True,
        "outcome": result.outcome or None,
        "event_id": result.event_id,
        "queues": None if result.queues is None else list(result.queues),
    }


def audit_document(entry: AuditEntry) -> dict[str, object]:
    """An entry of the audit log."""
    return {**asdict(entry), "at": moment_text(entry.at), "details": dict(entry.details)}


def audit_row(entry: AuditEntry) -> tuple[object, ...]:
    """A row of the list: id, moment, action, subject, who, how many, why."""
    return entry.id, entry.at, entry.action, entry.subject, entry.actor, entry.affected, entry.reason


def diagnosis_document(source: Source, diagnosis: Diagnosis, notes: Sequence[str]) -> dict[str, object]:
    """Why a request to ``source`` is refused; ``notes`` are those of the diagnosis and of the project."""
    refusal, finding = diagnosis.refusal, diagnosis.finding
    return {
        "source": source.name,
        "refusal": None if refusal is None else {"code": refusal.code, "detail": refusal.detail},
        "finding": None if finding is None else asdict(finding),
        "checked": list(diagnosis.checked),
        "notes": list(notes),
    }


def diagnosis_fields(source: Source, diagnosis: Diagnosis) -> list[tuple[str, object]]:
    """The diagnosis for a person, without the notes."""
    refusal, finding = diagnosis.refusal, diagnosis.finding
    said = "accepted" if refusal is None else f"refused [{refusal.code}]: {refusal.detail}"
    fields: list[tuple[str, object]] = [("source", source.name), ("request", said)]
    if finding is not None:
        fields += [("cause", finding.cause), ("what", finding.what), ("fix", finding.fix)]
    return fields


def unexplained_lines(diagnosis: Diagnosis) -> list[str]:
    """For a person: what was checked if no cause was found; empty if the cause is known."""
    if diagnosis.finding is not None:
        return []
    head = ["", "No cause was found. These were checked, and are not the cause:"]
    rest = "Possible causes that remain: a secret that this project does not have, or a body with larger changes."
    return [*head, *(f"  {words}" for words in diagnosis.checked), rest]


def source_document(
    source: Source, armed: Armed | None, arrived: Mapping[str, datetime], paused: Mapping[str, PausedSource]
) -> dict[str, object]:
    """The path of a source, the secrets that its sender will bring (``armed``) or has brought (``arrived``, by name), and its pause."""
    pause = paused.get(source.name)
    return {
        "name": source.name,
        "path": source.path,
        "scheme": source.scheme,
        "methods": source.methods,
        "armed_until": None if armed is None else moment_text(armed.until),
        "armed_from": [] if armed is None else list(armed.networks),
        "brought": {name: moment_text(arrived[name]) for name in source.secret_names if name in arrived},
        "paused": None if pause is None else pause.state.value,
        "held": 0 if pause is None else pause.held,
    }


def source_row(
    source: Source, armed: Armed | None, arrived: Mapping[str, datetime], paused: Mapping[str, PausedSource]
) -> tuple[object, ...]:
    """A row of the list: name, path, scheme, methods, until when it is armed, which secrets were brought, and its pause."""
    pause = paused.get(source.name)
    brought = " ".join(name for name in source.secret_names if name in arrived)
    until = None if armed is None else armed.until
    state = "" if pause is None else f"{pause.state}, {pause.held} held" if pause.held else pause.state
    return source.name, source.path, source.scheme, " ".join(source.methods), until, brought, state


def _error(fault: HooklineError) -> dict[str, str]:
    return {"code": fault.code, "detail": fault.detail, "remedy": fault.remedy}
