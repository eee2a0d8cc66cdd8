"""Every page. A path with a parameter comes after the literal paths that it would also match."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.dashboard.pages.event_page import event_page
from hookline.dashboard.pages.page import Page
from hookline.dashboard.pages.subject_pages import SUBJECT_PAGES
from hookline.dashboard.views.events_page import events_page
from hookline.dashboard.views.overview import overview, overview_last, overview_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.dashboard.control_room import ControlRoom

__all__ = ["PAGES"]


def _overview(room: ControlRoom, _parameters: Mapping[str, str]) -> Mapping[str, object]:
    return overview(room)


def _overview_now(room: ControlRoom, _parameters: Mapping[str, str]) -> Mapping[str, object]:
    return overview_now(room)


def _overview_last(room: ControlRoom, _parameters: Mapping[str, str]) -> Mapping[str, object]:
    return overview_last(room)


PAGES: Final = (
    Page(
        path="/",
        tab="overview",
        title="Overview",
        template="overview.html",
        view=_overview,
        parts=MappingProxyType({"now": "parts/overview_now.html", "last": "parts/overview_last.html"}),
        part_views=MappingProxyType({"now": _overview_now, "last": _overview_last}),
    ),
    Page(
        path="/events",
        tab="events",
        title="Events",
        template="events.html",
        view=events_page,
        parts=MappingProxyType({"next": "parts/event_rows.html"}),
    ),
    Page(path="/events/{event_id:path}", tab="events", title="Event", template="event.html", view=event_page),
    *SUBJECT_PAGES,
)
