"""The navigation of the site: the lists of ``docs/README.md``, so that there is one place where a page is added."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any  # a navigation holds titles, paths and navigations

__all__ = ["navigation", "orphans", "pages_of", "written"]

_LINE = re.compile(r"^(?P<level>#{2,3}) (?P<section>.+)$|^- \[(?P<title>[^\]]+)\]\((?P<path>[^)\s#]+)\)", re.MULTILINE)
_ROW = re.compile(r"^\| \[(?P<name>[^\]]+)\]\((?P<path>[^)/\s]+\.md)\) \| (?P<title>[^|]+) \|$", re.MULTILINE)

Navigation = list[dict[str, Any]]  # as above


def navigation(staged: Path, others: list[Path]) -> Navigation:
    """What is at the top and the side of each page; ``others`` are the pages of files outside ``docs/``."""
    index = (staged / "README.md").read_text()
    found: Navigation = [{"Documentation": "README.md"}]
    section: Navigation = found
    group: Navigation = found
    for line in _LINE.finditer(index):
        if line["section"]:
            parent, entries = (found if line["level"] == "##" else section), list[dict[str, Any]]()
            parent.append({line["section"]: entries})
            section = entries if line["level"] == "##" else section
            group = entries
        else:
            group.append({line["title"]: _entry(staged, Path(os.path.normpath(line["path"])))})
    named = set(pages_of(found))
    files: Navigation = [
        {str(path.relative_to("repository")).removesuffix(".md"): str(path)} for path in others if path not in named
    ]
    return [*found, {"Files": files}] if files else found


def _entry(staged: Path, path: Path) -> str | list[str | dict[str, str]]:
    """A page, or the pages that an index lists in a table."""
    if path.name != "README.md" or not (rows := list(_ROW.finditer((staged / path).read_text()))):
        return str(path)
    return [str(path), *({f"{row['name']} {row['title']}": str(path.parent / row["path"])} for row in rows)]


def pages_of(found: Any) -> list[Path]:  # a navigation, or a part of one
    """Every page of a navigation, in its order."""
    if isinstance(found, str):
        return [Path(found)]
    return [page for one in (found.values() if isinstance(found, dict) else found) for page in pages_of(one)]


def orphans(staged: Path, found: Navigation) -> list[str]:
    """What is wrong with the navigation: pages that it does not have, or has twice."""
    named = pages_of(found)
    pages = {path.relative_to(staged) for path in staged.rglob("*.md")}
    return [
        *(f"docs/{page}: no list of docs/README.md has it" for page in sorted(pages - set(named))),
        *(
            f"docs/{page}: the lists have it {named.count(page)} times"
            for page in sorted(set(named))
            if named.count(page) > 1
        ),
    ]


def written(found: Any) -> str:  # as in pages_of
    """The navigation in TOML."""
    if isinstance(found, str):
        return json.dumps(found, ensure_ascii=False)
    if isinstance(found, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(title, ensure_ascii=False)} = {written(one)}" for title, one in found.items())
            + "}"
        )
    return "[\n" + ",\n".join(written(one) for one in found) + "\n]"
