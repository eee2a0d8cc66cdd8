"""The shell of the pages: escaping, security headers, cached files, pieces of a page, and errors."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any  # Any: the control room of a view

import pytest
from starlette.applications import Starlette

from hookline.dashboard.pages.page import NAVIGATION, Page
from hookline.dashboard.pages.page_routes import PageRoutes
from hookline.dashboard.pages.rendering import Frame, Renderer
from hookline.dashboard.pages.static_files import StaticFiles
from hookline.dashboard.security_headers import CONTENT_SECURITY_POLICY
from hookline.errors import NotFoundError, UnavailableError
from unit.dashboard.asking import ask

if TYPE_CHECKING:
    from collections.abc import Mapping

STATIC = StaticFiles()
RENDERER = Renderer(now=lambda: datetime(2026, 3, 1, tzinfo=UTC), static=STATIC)
TEMPLATES = resources.files("hookline.dashboard.pages") / "templates"
FAULTS = {"missing": NotFoundError("there is no such event"), "down": UnavailableError("storage_unavailable", "locked")}


def view(_room: Any, parameters: Mapping[str, str]) -> Mapping[str, object]:  # Any: as above
    """A page about what is asked for."""
    if parameters["name"] in FAULTS:
        raise FAULTS[parameters["name"]]
    return {"heading": parameters["name"], "detail": parameters.get("why", ""), "remedy": "", "code": ""}


async def show(_request: object, made_by: Any, parameters: Mapping[str, str]) -> Mapping[str, object]:  # Any: a view
    """Run the view here."""
    document: Mapping[str, object] = made_by(None, parameters)
    return document


@pytest.fixture(scope="module")
def pages() -> Starlette:
    """The pages of a table with one page."""
    page = Page(
        path="/things/{name}",
        tab="events",
        title="Thing",
        template="error.html",
        view=view,
        parts={"rows": "centered.html", "detail": "error.html"},
        part_views={"detail": lambda _room, _parameters: {"heading": "less", "detail": "", "remedy": "", "code": ""}},
    )
    made = PageRoutes(RENDERER, STATIC, show=show, frame=lambda _: Frame(home="Embedded", csrf_token='"><b>'))
    return Starlette(routes=made.routes([page]))


def test_what_a_page_shows_stays_text(pages: Starlette) -> None:
    """A sender chooses ids and bodies: no part of them may become an element."""
    hostile = "<script>alert(1)</script>"

    text = ask(pages, "/things/x", query={"why": hostile}).text

    assert hostile not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert '"><b>' not in text


def test_no_page_has_a_script_or_a_style_of_its_own() -> None:
    """The policy that is sent with the pages refuses both: the page would be dead or bare."""
    for folder in (TEMPLATES, TEMPLATES / "parts"):
        for entry in folder.iterdir():
            if not entry.name.endswith(".html"):
                continue
            text = entry.read_text()
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe|autoescape", text), entry.name
            assert all("src=" in script for script in re.findall(r"<script[^>]*>", text)), entry.name
            assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//""", text), entry.name


def test_the_policy_allows_nothing_inline_and_no_other_origin() -> None:
    """It still protects the page when escaping is forgotten somewhere."""
    policy = CONTENT_SECURITY_POLICY

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_every_tab_is_linked_and_the_current_one_is_marked(pages: Starlette) -> None:
    """People go from page to page, and screen readers say where they are."""
    text = ask(pages, "/things/x").text

    assert all(f'href="{tab.path}"' in text for tab in NAVIGATION)
    assert re.search(r'href="/events"[^>]*aria-current="page"', text)
    assert len({tab.key for tab in NAVIGATION}) == len(NAVIGATION)


def test_a_file_is_kept_for_a_year_under_the_address_that_names_its_content(pages: Starlette) -> None:
    """A page is fast because nothing is loaded twice, and an update is seen immediately because its address is another."""
    url = STATIC.url("hookline.css")
    named, plain = ask(pages, url), ask(pages, "/static/hookline.css")
    again = ask(pages, "/static/hookline.css", if_none_match=named.headers["etag"])

    assert named.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in named.headers["cache-control"]
    assert plain.headers["cache-control"] == "no-cache"
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", ["/static/none.css", "/static/vendor/LICENSE.htmx", "/static/../rendering.py"])
def test_only_styles_scripts_and_icons_are_served(pages: Starlette, path: str) -> None:
    """No file of the package is read by its path."""
    assert ask(pages, path).status == 404


def test_the_files_of_others_come_with_licence_and_version() -> None:
    """A redistributor has to include them, and an update must know from which version."""
    folder = resources.files("hookline.dashboard.pages") / "static" / "vendor"
    table = (folder / "README.md").read_text()

    for entry in folder.iterdir():
        if entry.name != "README.md":
            assert f"`{entry.name}`" in table
    assert "Zero-Clause BSD" in (folder / "LICENSE.htmx").read_text()
    assert "MIT License" in (folder / "LICENSE.uPlot").read_text()


def test_a_script_that_asks_for_a_piece_gets_the_piece(pages: Starlette) -> None:
    """The next part of a list must not bring the whole page again."""
    assert 'class="nav"' not in ask(pages, "/things/x", hx_target="rows").text
    assert 'class="nav"' in ask(pages, "/things/x", hx_target="other").text


def test_a_piece_that_needs_less_is_made_of_less(pages: Starlette) -> None:
    """A piece that a page asks for every few seconds must not cost what the whole page costs."""
    whole, piece = ask(pages, "/things/x"), ask(pages, "/things/x", hx_target="detail")

    assert ("<h1>x" in whole.text, "<h1>less" in piece.text) == (True, True)


@pytest.mark.parametrize(("name", "status"), [("missing", 404), ("down", 503)])
def test_an_error_is_a_page_with_its_code(pages: Starlette, name: str, status: int) -> None:
    """A person who lands there learns what to do next."""
    answer = ask(pages, f"/things/{name}")

    assert answer.status == status
    assert f"<code>{FAULTS[name].code}</code>" in answer.text
    assert FAULTS[name].remedy.split(".", maxsplit=1)[0] in answer.text
