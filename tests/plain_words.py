"""The words that this project does not write, each with what to write instead, and where some are left.

``python tests/plain_words.py`` lowers each limit of plain_words.toml to what is left. It never raises one.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).with_name("plain_words.toml")
DIVIDED = ("src/hookline", "docs", "tests")
"""Each folder or file directly in one of these is an area."""

WHOLE = ("bench", "contrib", "deploy", "examples")
"""Each of these is one area; so is each of ``FILES``."""

FILES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
SUFFIXES = {".py", ".md", ".html", ".toml"}
OWN_FILES = {Path(__file__), TABLE, Path(__file__).parent / "architecture" / "test_plain_words.py"}


@cache
def forms() -> dict[str, str]:
    """Each form of a refused word, with the word that it is listed under."""
    words = tomllib.loads(TABLE.read_text())["words"]
    return {form: word for word, row in words.items() for form in (word, *row.get("also", []))}


def replacements() -> dict[str, str]:
    """Each refused word, with what to write instead."""
    return {word: row["write"] for word, row in tomllib.loads(TABLE.read_text())["words"].items()}


def limits() -> dict[str, dict[str, int]]:
    """How often each area may still use each word; 0 where it is not named."""
    left: dict[str, dict[str, int]] = tomllib.loads(TABLE.read_text())["left"]
    return left


def files_of_areas() -> Iterator[tuple[str, Path]]:
    """Each text of the project, with the name of its area."""
    for name in FILES:
        if (ROOT / name).exists():
            yield name, ROOT / name
    for folder in (*DIVIDED, *WHOLE):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and path not in OWN_FILES and "node_modules" not in path.parts:
                yield folder if folder in WHOLE else f"{folder}/{path.relative_to(ROOT / folder).parts[0]}", path


def lines_with(form: str, text: str) -> Iterator[int]:
    """The number of each line of ``text``, in lower case, that has ``form`` as whole words; once for each time."""
    start = text.find(form)
    while start >= 0:
        end = start + len(form)
        if not (_is_of_a_word(text[start - 1 : start]) or _is_of_a_word(text[end : end + 1])):
            yield text.count("\n", 0, start) + 1
        start = text.find(form, end)


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or character in {"_", "-"}  # a value such as ``set-aside`` is a name, not prose


def found() -> dict[str, dict[str, list[str]]]:
    """By area and word, each place that uses it, as ``file:line``."""
    places: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for area, path in files_of_areas():
        text = path.read_text().lower()
        for form, word in forms().items():
            if there := [f"{path.relative_to(ROOT)}:{number}" for number in lines_with(form, text)]:
                places[area][word] += there
    return places


def lowered() -> str:
    """The text of plain_words.toml with each limit lowered to what is left."""
    before = limits()
    lines = [TABLE.read_text().partition("[left]")[0] + "[left]"]
    for area, words in sorted(found().items()):
        left = {word: min(len(places), before.get(area, {}).get(word, 0)) for word, places in sorted(words.items())}
        if kept := ", ".join(f'"{word}" = {count}' for word, count in left.items() if count):
            lines.append(f'"{area}" = {{ {kept} }}')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(lowered())
