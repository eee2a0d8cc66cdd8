"""The folder that the site is built from: the pages of ``docs/``, and the files of the repository that they link to.

A link to a file outside ``docs/`` works in the repository and would be dead on the site. So these files get pages of their own there,
under ``repository/``, and the links are changed to them.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DOCS", "stage"]

DOCS = Path("docs")
REPOSITORY = Path("repository")

_FENCE = re.compile(r"^( *)(`{3,}|~{3,}).*?^\1\2[ \t]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?=\))")
_LANGUAGES = {".json": "json", ".py": "python", ".toml": "toml", ".yaml": "yaml", ".yml": "yaml"}


def stage(root: Path, target: Path) -> tuple[list[Path], list[str]]:
    """Fill the empty folder ``target``. Returns the pages of files outside ``docs/``, and each link that leads nowhere."""
    complaints: list[str] = []
    waiting = sorted(path.relative_to(root) for path in (root / DOCS).rglob("*") if path.is_file())
    seen = set(waiting)
    for path in waiting:  # which grows
        found = [] if path.suffix != ".md" else _linked(root, path, complaints)
        waiting += sorted({one for one in found if one not in seen})
        seen.update(found)
        _write(root, path, target)
    return [_place(path) for path in waiting if not path.is_relative_to(DOCS)], complaints


def _place(path: Path) -> Path:
    """Where a file of the repository is on the site."""
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS)
    return REPOSITORY / (path if path.suffix == ".md" else path.with_name(f"{path.name}.md"))


def _linked(root: Path, page: Path, complaints: list[str]) -> list[Path]:
    """The files that a page links to; a missing file becomes a complaint."""
    found = []
    for link in _LINK.finditer(_FENCE.sub("", (root / page).read_text())):
        path = _resolved(page, link["path"])
        if path.parts[0] == ".." or not (root / path).is_file():
            complaints.append(f"{page}: {link['path']} is no file of the repository")
        else:
            found.append(path)
    return found


def _resolved(page: Path, link: str) -> Path:
    return Path(os.path.normpath(page.parent / link))


def _write(root: Path, path: Path, target: Path) -> None:
    place = target / _place(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".md":
        place.write_text(_outside_fences((root / path).read_text(), lambda text: _LINK.sub(_rewritten(path), text)))
    elif path.is_relative_to(DOCS):
        shutil.copyfile(root / path, place)
    else:
        place.write_text(
            f"# {path.name}\n\n`{path}`\n\n~~~~~~{_LANGUAGES.get(path.suffix, '')}\n{(root / path).read_text()}~~~~~~\n"
        )


def _rewritten(page: Path) -> Callable[[re.Match[str]], str]:
    """What changes a link of ``page`` to that of the site."""

    def change(link: re.Match[str]) -> str:
        path = os.path.relpath(_place(_resolved(page, link["path"])), _place(page).parent)
        return f"{path}{link['anchor'] or ''}"

    return change


def _outside_fences(text: str, change: Callable[[str], str]) -> str:
    """The text with all changed that is no block of code."""
    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts += [change(text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, change(text[end:])])
