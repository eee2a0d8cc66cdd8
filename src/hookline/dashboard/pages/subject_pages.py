"""The pages of rejected requests, queues, sources, routes, the audit log and the live tail: documents of the views, for templates."""

from __future__ import annotations

import base64
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.dashboard.pages.event_page import hex_text
from hookline.dashboard.pages.page import Page
from hookline.dashboard.views.audit import WORDS, audit
from hookline.dashboard.views.queues import queue, queues
from hookline.dashboard.views.rejected import rejected, rejected_page, rejected_request
from hookline.dashboard.views.routes import routes, tried
from hookline.dashboard.views.sources import source, sources
from hookline.dashboard.views.tail import tail
from hookline.errors import HooklineError, NotFoundError, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.dashboard.control_room import ControlRoom

__all__ = ["SUBJECT_PAGES", "tried_page"]

_MOST_DIGITS: Final = 18


def _queue_page(room: ControlRoom, parameters: Mapping[str, str]) -> Mapping[str, object]:
    document = queue(room, parameters["queue"], look="look" in parameters)
    return {**document, "title": document["name"]}


def _source_page(room: ControlRoom, parameters: Mapping[str, str]) -> Mapping[str, object]:
    return {**source(room, parameters["source"]), "title": parameters["source"]}


def _rejected_page(room: ControlRoom, parameters: Mapping[str, str]) -> Mapping[str, object]:
    chosen, code = parameters.get("source") or None, parameters.get("code") or None
    document = {**rejected(room, source=chosen), "source": chosen, "code": code, "page": None}
    if code is not None and document["known"]:
        before = _number(parameters, "before")
        document["page"] = rejected_page(room, source=chosen, code=code, before=before)
    return {**document, "sources": [one.name for one in room.config().sources]}


def _request_page(room: ControlRoom, parameters: Mapping[str, str]) -> Mapping[str, object]:
    number = _number(parameters, "number")
    if number is None:
        raise NotFoundError("there is no such rejected request")
    document = rejected_request(room, number)
    text = document.get("body")
    body = base64.b64decode(str(document["body_base64"])) if text is None else str(text).encode()
    heading = f"{document['source']}: {document['title']}"
    return {"request": document, "text": text, "hex": hex_text(body), "title": heading, "body_size": len(body)}


def _routes_page(room: ControlRoom, _parameters: Mapping[str, str]) -> Mapping[str, object]:
    return {**routes(room), "tried": None, "problem": None, "words": {}}


def tried_page(room: ControlRoom, parameters: Mapping[str, str]) -> Mapping[str, object]:
    """The document of the routes, with the decision for the body in the form."""
    document = dict(_routes_page(room, parameters))
    document["words"] = parameters
    try:
        found = tried(
            room,
            source=parameters.get("source", ""),
            body=parameters.get("body", "").encode("utf-8", "surrogatepass"),
            type_=parameters.get("type", "").strip() or None,
        )
    except HooklineError as error:
        document["problem"] = {"code": error.code, "detail": error.detail}
        return document
    return {**document, "tried": found, "drawing": found["drawing"]}


def _audit_page(room: ControlRoom, parameters: Mapping[str, str]) -> Mapping[str, object]:
    words = {name: parameters[name] for name in WORDS if parameters.get(name)}
    return {**audit(room, words, before=parameters.get("before") or None), "words": words}


def _tail_page(room: ControlRoom, parameters: Mapping[str, str]) -> Mapping[str, object]:
    config = room.config()
    return {
        **tail(room, parameters),
        "rejected": parameters.get("rejected", "yes") != "no",
        "sources": [one.name for one in config.sources],
        "queues": [one.name for one in config.queues],
    }


def _run_page(room: ControlRoom, parameters: Mapping[str, str]) -> Mapping[str, object]:
    shown = room.runs.shown(parameters["run"], room.caller, may_operate=room.may_operate)
    if shown is None:
        raise NotFoundError("this action is not known any more: its entry is in the audit log")
    return {"run": shown}


def _number(parameters: Mapping[str, str], name: str) -> int | None:
    text = parameters.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise Rejected("parameter_invalid", f"{name} must be a number")
    return int(text)


SUBJECT_PAGES: Final = (
    Page(
        path="/queues",
        tab="queues",
        title="Queues",
        template="queues.html",
        view=lambda room, _: queues(room),
        parts=MappingProxyType({"queue-rows": "parts/queue_rows.html"}),
    ),
    Page(path="/queues/{queue}", tab="queues", title="Queue", template="queue.html", view=_queue_page),
    Page(
        path="/sources",
        tab="sources",
        title="Sources",
        template="sources.html",
        view=lambda room, _: sources(room),
    ),
    Page(path="/sources/{source}", tab="sources", title="Source", template="source.html", view=_source_page),
    Page(path="/rejected", tab="rejected", title="Rejected", template="rejected.html", view=_rejected_page),
    Page(
        path="/rejected/{number}",
        tab="rejected",
        title="Rejected request",
        template="rejected_request.html",
        view=_request_page,
    ),
    Page(path="/routes", tab="routes", title="Routes", template="routes.html", view=_routes_page),
    Page(
        path="/audit",
        tab="audit",
        title="Audit",
        template="audit.html",
        view=_audit_page,
        parts=MappingProxyType({"audit-more": "parts/audit_rows.html"}),
    ),
    Page(path="/tail", tab="tail", title="Live tail", template="tail.html", view=_tail_page),
    Page(
        path="/runs/{run}",
        tab="",
        title="Action",
        template="run.html",
        view=_run_page,
        parts=MappingProxyType({"run": "parts/run.html"}),
    ),
)
"""The pages, for the table of all pages."""
