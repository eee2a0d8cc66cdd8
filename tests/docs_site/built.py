"""What was built: every link of every page leads somewhere, and nothing comes from another host."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["faults"]

_LINKS: Final = {"a": "href", "img": "src", "link": "href", "script": "src"}
_LIST = re.compile(r"^(?:- |\d+\. |\| )", re.MULTILINE)
"""The beginning of a line of a list or a table. Where the text of a page has one, the generator has not read it as such."""
_NOT_FOUND = "404.html"
"""Served for any address, so that its links are those of the root of a host."""


class _Page(HTMLParser):
    """The anchors of a page, what it links to and loads, and the lines of its paragraphs that should be a list."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[str, str]] = []
        self.not_lists: list[str] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._inside = [*self._inside, tag] if tag in {"p", "code"} else self._inside
        self.anchors |= {value for name in ("id", "name") if (value := values.get(name))}
        if tag in _LINKS and (link := values.get(_LINKS[tag])):
            self.links.append((tag, link))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside[:-1] if tag in {"p", "code"} else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside == ["p"] and _LIST.search(data):
            self.not_lists.append(data.strip().splitlines()[-1])


def faults(site: Path) -> list[str]:
    """One line for each dead link, each file that a page would load from another host, and each list that is not shown as a list."""
    pages = {path: _Page(path.read_text()) for path in sorted(site.rglob("*.html")) if path.name != _NOT_FOUND}
    found = [
        (path, fault)
        for path, page in pages.items()
        for fault in (
            *(_fault(path, tag, link, pages, site) for tag, link in page.links),
            *(f"not shown as a list or a table: {line}" for line in page.not_lists),
        )
    ]
    return [f"{path.relative_to(site)}: {fault}" for path, fault in found if fault]


def _fault(page: Path, tag: str, link: str, pages: dict[Path, _Page], site: Path) -> str | None:
    address = urlsplit(link)
    if address.scheme or address.netloc:
        return None if tag == "a" or address.scheme == "data" else f"{link} is loaded from another host"
    path = (page.parent / unquote(address.path)).resolve() if address.path else page
    path = path / "index.html" if path.is_dir() else path
    if not path.is_file() or not path.is_relative_to(site):
        return f"{link} is dead"
    anchor = unquote(address.fragment)
    return (
        f"{link} is dead: there is no such section"
        if anchor and path in pages and anchor not in pages[path].anchors
        else None
    )
