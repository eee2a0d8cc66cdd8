"""What commands show of a control room."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import click

from hookline.cli.output import print_body, print_fields, print_json, print_list
from hookline.cli.terminal import safe, safe_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    "show_tail",
]

_MOST = 500
"""Of a page."""

_FILTERS = ("source", "type", "status", "since", "until", "reference", "amount", "id_part", "text")
_MASKED = "Fields are masked: this access key has not the right operate."


def list_events(api: Api, *, limit: int, before: str | None, as_json: bool, **words: Any) -> None:
    """``hookline events list``."""
    wanted = {name: words[name] for name in _FILTERS if words.get(name)}
    found, more = _paged(api, "events", "events", limit=limit, before=before, **wanted)
    rows = [
        (one["id"], one["type"], one["status"], one["received_at"], one["conflicts"] or None, _why(one))
        for one in found
    ]
    print_list(("event", "type", "status", "received", "conflicts", "reason"), rows, found, as_json=as_json)
    if more and not as_json:
        click.echo(f"There are more: --before '{safe_lines(more)}'", err=True)


def show_event(api: Api, *, event_id: str, as_json: bool, **_: Any) -> None:
    """``hookline events show``."""
    event = api.get("events", event_id)
    if as_json:
        print_json(event)
        return
    names = ("id", "type", "time", "received_at", "status", "content_type", "sha256")
    print_fields(
        [*_known(event, names), *event["metadata"].items(), *_known(event, ("expires_at",)), ("reason", _why(event))]
    )
    if event["masked"]:
        click.echo(_MASKED, err=True)
    print_body("body", _body(event))
    for aside in event["set_aside"]:
        print_body(f"set aside {aside['received_at']}, SHA-256 {aside['sha256']}", _body(aside))


def list_audit(api: Api, *, limit: int, before: str | None, as_json: bool, **_: Any) -> None:
    """``hookline audit``."""
    found, _more = _paged(api, "audit", "entries", limit=limit, before=before)
    names = ("id", "at", "action", "subject", "actor", "affected", "reason")
    rows = [[one[name] for name in names] for one in found]
    print_list(("id", "at", "action", "subject", "by", "affected", "reason"), rows, found, as_json=as_json)


def list_queues(api: Api, *, as_json: bool, **_: Any) -> None:
    """``hookline queues list``."""
    found = api.get("queues")["queues"]
    names = ("name", "visible", "in_flight", "delayed", "oldest_age_seconds", "dead_letters", "paused")
    rows = [[one[name] for name in names] for one in found]
    print_list(
        ("queue", "visible", "in flight", "delayed", "oldest (s)", "dead letters", "paused"),
        rows,
        found,
        as_json=as_json,
    )


def peek_queue(api: Api, *, queue: str, limit: int, counts_as_receive: bool, as_json: bool, **_: Any) -> None:
    """``hookline queues peek``."""
    found = api.get("queues", queue, "messages", limit=min(limit, _MOST), counts_as_receive=counts_as_receive)[
        "messages"
    ]
    if as_json:
        print_json(found)
        return
    for one in found:
        attributes = " ".join(f"{name}={value}" for name, value in one["attributes"].items())
        said = (
            f"{one['message_id']} {one['event_id']} {attributes} sent {one['sent_at']} received {one['receives']} times"
        )
        click.echo(safe(said))
        if one["reason"]:
            click.echo(f"  {safe(one['reason'])}")


def list_rejected(api: Api, *, source: str | None, limit: int, before: int | None, as_json: bool, **_: Any) -> None:
    """``hookline rejected list``."""
    found, more = _paged(api, "rejected", "requests", limit=limit, before=before, source=source)
    rows = [[one[name] for name in ("id", "source", "code", "received_at", "size")] for one in found]
    print_list(("id", "source", "code", "received", "bytes"), rows, found, as_json=as_json)
    if more and not as_json:
        click.echo(f"There are more: --before {more}", err=True)


def show_rejected(api: Api, *, number: int, as_json: bool, **_: Any) -> None:
    """``hookline rejected show``."""
    shown = api.get("rejected", str(number))
    if as_json:
        print_json(shown)
        return
    print_fields(_known(shown, ("id", "source", "code", "received_at", "expires_at", "method", "url", "size")))
    print_fields((name, ", ".join(values)) for name, values in shown["headers"].items())
    print_body("body", _body(shown))


def list_sources(api: Api, *, as_json: bool, **_: Any) -> None:
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
    print_list(
        ("source", "path", "scheme", "methods", "armed until", "last event", "state"), rows, documents, as_json=as_json
    )


def list_secret_uses(api: Api, *, as_json: bool, **_: Any) -> None:
    """``hookline secrets status``."""
    details = [api.get("sources", one["name"]) for one in api.get("sources")["sources"]]
    found = [{"source": one["source"]["name"], **use} for one in details for use in one["secret_uses"]]
    rows = [
        (
            one["source"],
            one["secret"],
            one["last_used_at"] or "by no event that was looked at",
            one["events"],
            "" if one["named"] else "no longer named",
        )
        for one in found
    ]
    print_list(("source", "secret", "last used", "events", ""), rows, found, as_json=as_json)
    for one in details:
        if not one["looked_at_all"]:
            name = safe(one["source"]["name"])
            click.echo(f"{name}: only the newest {one['looked_at']:,} events were looked at", err=True)


def show_tail(api: Api, *, as_json: bool, rejected: bool, **words: Any) -> None:
    """``hookline tail``."""
    wanted = {name: words[name] for name in ("source", "type", "queue") if words.get(name)}
    click.echo("Waiting for events. Ctrl-C ends.", err=True)
    for line in api.follow("tail", rejected=rejected, **wanted):
        text = line.pop("text")
        click.echo(json.dumps(line) if as_json else safe(text))


def _paged(api: Api, path: str, name: str, *, limit: int, before: object, **query: object) -> tuple[list[Any], Any]:
    """So many of a list, and where it goes on; None where it does not."""
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
        return b""  # it was erased
    text = document.get("body")
    return base64.b64decode(document["body_base64"]) if text is None else str(text).encode("utf-8", "surrogatepass")
