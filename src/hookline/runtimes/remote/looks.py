"""Shows the data of a control room, read over its API."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any  # Any: JSON documents

from hookline.domain.counted import how_often
from hookline.errors import OperatorError
from hookline.pipeline.queue_choice import chosen
from hookline.pipeline.shown import Body, Fields, Shown, listed
from hookline.pipeline.tail import TailLine

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from hookline.pipeline.shown import Part
    from hookline.runtimes.control_room_api import Api

__all__ = [
    "list_audit",
    "list_events",
    "list_queues",
    "list_rejected",
    "list_secret_uses",
    "list_sources",
    "peek_queue",
    "show_event",
    "show_rejected",
    "tail_lines",
]

_MOST = 500
"""The most entries of a page."""

_FILTERS = ("source", "type", "status", "since", "until", "reference", "amount", "id_part", "text")
_MASKED = "Fields are masked: this access key has not the right operate."


def list_events(api: Api, *, limit: int, before: str | None, **words: Any) -> Shown:
    """``hookline events list``."""
    wanted = {name: words[name] for name in _FILTERS if words.get(name)}
    found, more = _paged(api, "events", "events", limit=limit, before=before, **wanted)
    rows = [
        (one["id"], one["type"], one["status"], one["received_at"], one["conflicts"] or None, _why(one))
        for one in found
    ]
    notes = [f"There are more: --before '{more}'"] if more else []
    return listed(("event", "type", "status", "received", "conflicts", "reason"), rows, found, notes=notes)


def show_event(api: Api, *, event_id: str, **_: Any) -> Shown:
    """``hookline events show``."""
    event = api.get("events", event_id)
    names = ("id", "type", "time", "received_at", "status", "content_type", "sha256")
    pairs = [
        *_known(event, names),
        *event["metadata"].items(),
        *_known(event, ("expires_at",)),
        ("reason", _why(event)),
    ]
    second = [
        Body(title=f"second body, received {one['received_at']}, SHA-256 {one['sha256']}", body=_body(one))
        for one in event["set_aside"]
    ]
    parts: list[Part] = [Fields(pairs=pairs), Body(title="body", body=_body(event)), *second]
    return Shown(document=event, parts=parts, notes=[_MASKED] if event["masked"] else [])


def list_audit(api: Api, *, limit: int, before: str | None, **_: Any) -> Shown:
    """``hookline audit``."""
    found, _more = _paged(api, "audit", "entries", limit=limit, before=before)
    names = ("id", "at", "action", "subject", "actor", "affected", "reason")
    rows = [[one[name] for name in names] for one in found]
    return listed(("id", "at", "action", "subject", "by", "affected", "reason"), rows, found)


def list_queues(api: Api, *, names: Collection[str], **_: Any) -> Shown:
    """``hookline queues list``. Raises NotFoundError for an unknown name, OperatorError if the control room may not list queues on AWS."""
    answer = api.get("queues")
    if answer["queues"] is None:
        raise OperatorError("aws_access_denied", f"the control room may not call {', '.join(answer['missing_rights'])}")
    found = chosen(answer["queues"], names, name_of=lambda one: one["name"])
    members = ("name", "visible", "in_flight", "delayed", "oldest_age_seconds", "dead_letters", "paused")
    rows = [[one[member] for member in members] for one in found]
    return listed(("queue", "visible", "in flight", "delayed", "oldest (s)", "dead letters", "paused"), rows, found)


def peek_queue(api: Api, *, queue: str, limit: int, counts_as_receive: bool, **_: Any) -> Shown:
    """``hookline queues peek``."""
    found = api.get("queues", queue, "messages", limit=min(limit, _MOST), counts_as_receive=counts_as_receive)[
        "messages"
    ]
    return Shown(document=found, parts=[line for one in found for line in _message(one)])


def _message(one: Mapping[str, Any]) -> Iterator[str]:
    attributes = " ".join(f"{name}={value}" for name, value in one["attributes"].items())
    yield f"{one['message_id']} {one['event_id']} {attributes} sent {one['sent_at']} received {how_often(one['receives'])}"
    if one["reason"]:
        yield f"  {one['reason']}"


def list_rejected(api: Api, *, source: str | None, limit: int, before: int | None, **_: Any) -> Shown:
    """``hookline rejected list``."""
    found, more = _paged(api, "rejected", "requests", limit=limit, before=before, source=source)
    rows = [[one[name] for name in ("id", "source", "code", "received_at", "size")] for one in found]
    notes = [f"There are more: --before {more}"] if more else []
    return listed(("id", "source", "code", "received", "bytes"), rows, found, notes=notes)


def show_rejected(api: Api, *, number: int, **_: Any) -> Shown:
    """``hookline rejected show``."""
    shown = api.get("rejected", str(number))
    known = _known(shown, ("id", "source", "code", "received_at", "expires_at", "method", "url", "size"))
    headers = [(name, ", ".join(values)) for name, values in shown["headers"].items()]
    parts: list[Part] = [Fields(pairs=known), Fields(pairs=headers), Body(title="body", body=_body(shown))]
    return Shown(document=shown, parts=parts)


def list_sources(api: Api, **_: Any) -> Shown:
    """``hookline sources list``."""
    found = api.get("sources")["sources"]
    rows = [
        (
            one["name"],
            one["path"],
            one["scheme"],
            " ".join(one["methods"]),
            one["armed_until"],
            one["last_event_at"],
            one["state"],
        )
        for one in found
    ]
    documents = [{**one, "paused": None if one["state"] == "active" else one["state"]} for one in found]
    return listed(("source", "path", "scheme", "methods", "armed until", "last event", "state"), rows, documents)


def list_secret_uses(api: Api, **_: Any) -> Shown:
    """``hookline secrets status``."""
    details = [api.get("sources", one["name"]) for one in api.get("sources")["sources"]]
    found = [{"source": one["source"]["name"], **use} for one in details for use in one["secret_uses"]]
    rows = [
        (
            one["source"],
            one["secret"],
            one["last_used_at"] or "by none of the checked events",
            one["events"],
            "" if one["named"] else "no longer named",
        )
        for one in found
    ]
    warnings = [
        f"{one['source']['name']}: only the newest {one['looked_at']:,} events were checked"
        for one in details
        if not one["looked_at_all"]
    ]
    return listed(("source", "secret", "last used", "events", ""), rows, found, warnings=warnings)


def tail_lines(api: Api, *, rejected: bool, **words: Any) -> Iterator[TailLine]:
    """``hookline tail``: a line for each event, when it arrives."""
    wanted = {name: words[name] for name in ("source", "type", "queue") if words.get(name)}
    for line in api.follow("tail", rejected=rejected, **wanted):
        yield TailLine(text=line.pop("text"), document=line)


def _paged(api: Api, path: str, name: str, *, limit: int, before: object, **query: object) -> tuple[list[Any], Any]:
    """At most ``limit`` members of a list, and where the next page begins; None where there is none."""
    found: list[Any] = []
    while len(found) < limit:
        page = api.get(path, limit=min(limit - len(found), _MOST), before=before, **query)
        found += page[name]
        before = page["next"]
        if before is None:
            break
    return found, before


def _known(document: Mapping[str, Any], names: Iterable[str]) -> list[tuple[str, object]]:
    return [(name.replace("_", " "), document[name]) for name in names if document[name] not in (None, "")]


def _why(event: Mapping[str, Any]) -> str | None:
    why: str | None = "held: its source is paused" if event["held"] else event["attempt"]["reason"]
    return why


def _body(document: Mapping[str, Any]) -> bytes:
    if not document.keys() & {"body", "body_base64"}:
        return b""  # the event was erased
    text = document.get("body")
    return base64.b64decode(document["body_base64"]) if text is None else str(text).encode("utf-8", "surrogatepass")
