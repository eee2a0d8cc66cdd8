"""Finds the blocks, and the commands in them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["DOCS", "PAGES", "Block", "Command", "blocks_of"]

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(str(path.relative_to(DOCS)) for kind in ("tutorial", "how-to") for path in (DOCS / kind).glob("*.md"))
"""Every page that has to work as it is written."""

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_PROMPTS = ("$ ", "# ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a reader enters, and the lines that the page shows after it."""

    page: str
    text: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a page; ``line`` is where it begins."""

    page: str
    line: int
    language: str
    text: str

    @property
    def commands(self) -> list[Command]:
        """Those of a console, each with what it prints, and the lines of a script."""
        if self.language == "sh":
            return [Command(page=self.page, text=text, shown=()) for text in _lines(self.text)]
        prompt = self.text[:2]
        assert prompt in _PROMPTS, f"{self.page}:{self.line} begins with no prompt"
        found: list[tuple[list[str], list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith(prompt):
                found.append(([line[2:]], []))
            elif found and not found[-1][1] and _is_unfinished(found[-1][0]):
                found[-1][0].append(line)
            else:
                found[-1][1].append(line)
        return [Command(page=self.page, text="\n".join(text), shown=tuple(shown)) for text, shown in found]


def _lines(script: str) -> list[str]:
    """The commands of a script: a line that ends with a backslash continues in the next one."""
    found: list[str] = []
    for line in script.strip().splitlines():
        if found and found[-1].endswith("\\"):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _is_unfinished(lines: list[str]) -> bool:
    """Whether the shell waits for more: behind a backslash, and within a function."""
    text = "\n".join(lines)
    return lines[-1].endswith("\\") or text.count("{  #") > sum(line == "}" for line in lines)


@cache
def blocks_of(page: str) -> list[Block]:
    """The blocks of a page, in its order."""
    text = (DOCS / page).read_text()
    return [
        Block(
            page=page,
            line=text.count("\n", 0, found.start()) + 1,
            language=found["language"],
            text=textwrap.dedent(found["text"]),
        )
        for found in _BLOCK.finditer(text)
    ]
