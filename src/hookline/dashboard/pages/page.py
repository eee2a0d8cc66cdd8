"""The description of a page, and the tabs of the navigation."""

from __future__ import annotations

from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.dashboard.control_room import ControlRoom

__all__ = ["NAVIGATION", "Page", "Tab", "View"]

View: TypeAlias = "Callable[[ControlRoom, Mapping[str, str]], Mapping[str, object]]"
"""A function that creates a page's document from the control room and the parameters of the address."""


@record
class Tab:
    """An entry of the navigation; the keys ``g`` and ``key`` open it. ``name`` is also the icon's. ``acts``: only for operators."""

    name: str
    title: str
    path: str
    key: str
    acts: bool = False

    @property
    def icon(self) -> str:
        """The name of its icon."""
        return self.name


NAVIGATION: Final = (
    Tab(name="overview", title="Overview", path="/", key="o"),
    Tab(name="events", title="Events", path="/events", key="e"),
    Tab(name="replay", title="Replay", path="/replay", key="p", acts=True),
    Tab(name="rejected", title="Rejected", path="/rejected", key="r"),
    Tab(name="queues", title="Queues", path="/queues", key="q"),
    Tab(name="sources", title="Sources", path="/sources", key="s"),
    Tab(name="routes", title="Routes", path="/routes", key="t"),
    Tab(name="audit", title="Audit", path="/audit", key="a"),
    Tab(name="tail", title="Live tail", path="/tail", key="l"),
)


@record
class Page:
    """A page: its path, its tab, its template, and the view that creates the template's document.

    ``view`` gets the control room and the parameters of the address and its path. It runs on the thread of the control
    room. ``parts`` are templates for pieces of the page by the id of the element that a script asks for: it gets only that piece.
    ``part_views`` are the views of pieces that need less data than the whole page.
    """

    path: str
    tab: str
    title: str
    template: str
    view: View
    parts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    part_views: Mapping[str, View] = field(default_factory=lambda: MappingProxyType({}))
