"""Chooses the page after the login: only pages of hookline."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

__all__ = ["login_path", "own_page"]

_LONGEST: Final = 1500
# No second slash or backslash at the start: browsers treat both as the beginning of another host (WHATWG URL, "relative slash state").
_OWN: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
_NEVER: Final = ("/login", "/logout", "/static/", "/api/")


def own_page(wanted: str | None) -> str:
    """The requested path and query, if it is a page of hookline; otherwise the first page."""
    if wanted is None or len(wanted) > _LONGEST or not _OWN.fullmatch(wanted) or wanted.startswith(_NEVER):
        return "/"
    return wanted


def login_path(wanted: str | None) -> str:
    """The path and query of the login page that leads to ``wanted`` afterwards, if that is a page of hookline."""
    wanted = own_page(wanted)
    return "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='/')}"
