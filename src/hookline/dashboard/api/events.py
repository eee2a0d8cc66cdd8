"""Operations on events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.dashboard.actions.erase import ERASE
from hookline.dashboard.api.acting import operations_of
from hookline.dashboard.api.operation import Operation, Parameter, Stream
from hookline.dashboard.api.parameters import LIMIT
from hookline.dashboard.schema import BOOLEAN, TEXT, choice
from hookline.dashboard.views.event import EVENT, SET_ASIDE, event
from hookline.dashboard.views.event_story import EVENT_STORY, event_story
from hookline.dashboard.views.events import EVENT_SUMMARY, EVENTS, FILTERS, PAGE, events, wanted_by
from hookline.dashboard.views.export import csv_export, json_lines
from hookline.domain.event import Status

if TYPE_CHECKING:
    from hookline.dashboard.api.operation import Call
    from hookline.ports.event_store import EventFilter

__all__ = ["OPERATIONS"]

_FILTER_PARAMETERS: Final = (
    Parameter(name="source", schema=TEXT, description="Only events of this source."),
    Parameter(name="type", schema=TEXT, description="Only events of this type."),
    Parameter(name="status", schema=choice(*Status), description="Only events of this status."),
    Parameter(
        name="since",
        schema=TEXT,
        description="Only events that were received at this time or later: RFC 3339, a day in UTC, or how long ago, such as 2h.",
    ),
    Parameter(name="until", schema=TEXT, description="Only events that were received before; written as since."),
    Parameter(name="reference", schema=TEXT, description="Only events of the transaction with this reference."),
    Parameter(name="amount", schema=TEXT, description="Only events whose transaction has this amount, such as 12.50."),
    Parameter(name="id_part", schema=TEXT, description="Only events with this text in their id."),
    Parameter(name="text", schema=TEXT, description="Only events with this text in their body; needs since."),
)


_ALL: Final = Parameter(
    name="limit",
    schema={"type": "integer", "minimum": 1, "maximum": 100_000_000},
    description="The largest number of results.",
)


def _wanted(call: Call) -> EventFilter:
    return wanted_by(call.room, {name: value for name, value in call.values.items() if name in FILTERS})


def _json_lines(call: Call) -> Stream:
    parts = json_lines(call.room, _wanted(call), limit=call.values.get("limit"))
    return Stream(media_type="application/jsonl", parts=parts, file_name="events.jsonl")


def _csv(call: Call) -> Stream:
    parts = csv_export(call.room, _wanted(call), limit=call.values.get("limit"))
    return Stream(media_type="text/csv; charset=utf-8", parts=parts, file_name="events.csv")


def _events(call: Call) -> object:
    words = {name: value for name, value in call.values.items() if name in FILTERS}
    return events(call.room, words, limit=call.values.get("limit", PAGE), before=call.values.get("before"))


OPERATIONS: Final = (
    Operation(
        name="listEvents",
        method="GET",
        path="/api/events",
        summary="List stored events, those that were received last first",
        parameters=(
            *_FILTER_PARAMETERS,
            LIMIT,
            Parameter(name="before", schema=TEXT, description="Continue after the page that ended with this event id."),
        ),
        answer=EVENTS,
        schemas={"EventSummary": EVENT_SUMMARY},
        act=_events,
    ),
    Operation(
        name="exportEvents",
        method="GET",
        path="/api/events.jsonl",
        summary="Export events as JSON lines, with their bodies",
        parameters=(*_FILTER_PARAMETERS, _ALL),
        answer=EVENT,
        media_type="application/jsonl",
        act=_json_lines,
    ),
    Operation(
        name="exportEventsAsCsv",
        method="GET",
        path="/api/events.csv",
        summary="Export events as CSV, without their bodies",
        description="A cell that a spreadsheet would take for a formula begins with an apostrophe.",
        parameters=(*_FILTER_PARAMETERS, _ALL),
        answer=TEXT,
        media_type="text/csv",
        act=_csv,
    ),
    Operation(
        name="showEvent",
        method="GET",
        path="/api/events/{event_id}",
        summary="Show one event with its body, and other bodies that were received with its id",
        answer=EVENT,
        schemas={"SetAside": SET_ASIDE},
        act=lambda call: event(call.room, call.values["event_id"]),
    ),
    Operation(
        name="showEventStory",
        method="GET",
        path="/api/events/{event_id}/story",
        summary="Show what happened to one event and where its messages are now",
        description="`messages` is null where the home cannot know where a message is, as on SQS.",
        answer=EVENT_STORY,
        schemas={"Event": EVENT, "SetAside": SET_ASIDE},
        act=lambda call: event_story(call.room, call.values["event_id"]),
    ),
    *operations_of(
        ERASE,
        name="eraseEvents",
        path="/api/erase",
        summary="Erase the content of the events that a pattern matches, with their second bodies and messages",
        choices={"where": TEXT, "undelivered": BOOLEAN, "everything": BOOLEAN, "rewrite": BOOLEAN},
    ),
)
