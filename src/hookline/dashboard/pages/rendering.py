"""Renders a document as HTML. All values are escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from hookline import __version__
from hookline.dashboard.pages.filters import FILTERS
from hookline.dashboard.pages.page import NAVIGATION
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from hookline.dashboard.pages.static_files import StaticFiles

__all__ = ["Frame", "Renderer"]


@record
class Frame:
    """The frame of every page: the home and its place, the user, and the token of its forms.

    ``user`` is None where no login is needed. ``may_operate`` is whether the page offers actions.
    """

    home: str
    place: str = ""
    user: str | None = None
    role: str = ""
    may_operate: bool = True
    csrf_token: str = ""
    version: str = __version__


class Renderer:
    """The templates, loaded once."""

    def __init__(self, *, now: Callable[[], datetime], static: StaticFiles) -> None:
        self._now = now
        self._environment = Environment(
            loader=PackageLoader("hookline.dashboard.pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(FILTERS)
        self._environment.globals.update(static=static.url, navigation=NAVIGATION)

    def page(self, template: str, document: Mapping[str, object], *, frame: Frame, title: str, tab: str = "") -> str:
        """The template with this document. The document's ``title`` replaces the argument ``title``."""
        context = {"frame": frame, "tab": tab, "title": title, "now": self._now(), **document}
        return self._environment.get_template(template).render(context)
