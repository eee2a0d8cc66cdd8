"""Sentences of hookline at random, to be read without their context.

``python tests/sentences.py`` prints twenty: write down what each one says, then look it up and compare. ``--seed 7`` draws the same again,
``--from docs`` draws from one kind of text only.
"""

from __future__ import annotations

import argparse
import ast
import io
import random
import re
import tokenize
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hookline.cli.error_codes import CODES as OF_COMMANDS
from hookline.error_codes import CODES
from hookline.infra.error_codes import CODES as OF_DEPLOYMENTS
from syntax_trees import trees_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["KINDS", "Sentence", "drawn", "sentences"]

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "hookline"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md")))

_END = re.compile(r"(?<=[.:?!]) +(?=[A-Z`*\"'(\[])")
"""Between two sentences."""
_FOR_TOOLS = re.compile(r"^#+ *((noqa|type|fmt|pragma)\b[^#]*#? *)?([A-Z]+[0-9]+ -- )?")
"""What a comment says to a tool, such as the rule that a line breaks; the reason after it is for people."""
_SAYS = re.compile(r"(Error|complain|warn\w*)$")
"""The names of exceptions and functions whose arguments people read."""
_SHORTEST = 4
"""Words. A shorter text is a heading or a name."""


class Sentence(NamedTuple):
    """A sentence and where it is."""

    place: str
    text: str


@cache
def sentences(kind: str) -> tuple[Sentence, ...]:
    """All sentences of one kind of text, of at least four words."""
    return tuple(
        Sentence(place, sentence)
        for place, text in KINDS[kind]()
        for sentence in _END.split(" ".join(text.split()))
        if len(sentence.split()) >= _SHORTEST
    )


def drawn(count: int, seed: int | None, kinds: list[str]) -> list[Sentence]:
    """Sentences at random: as many of each kind, as far as the number allows."""
    chance = random.Random(seed)
    found = [chance.sample(sentences(kind), -(-count // len(kinds))) for kind in kinds]
    return [one for together in zip(*found, strict=True) for one in together][:count]


def _errors() -> Iterator[tuple[str, str]]:
    for code, error in (CODES | OF_COMMANDS | OF_DEPLOYMENTS).items():
        yield code, error.title
        yield code, error.remedy


def _messages() -> Iterator[tuple[str, str]]:
    """The texts of exceptions and complaints, with ``…`` for each value in them."""
    for path, tree in trees_in(SOURCES):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _SAYS.search(_name(node.func)):
                for argument in node.args:
                    if text := _text(argument):
                        yield f"{path.relative_to(ROOT)}:{argument.lineno}", text


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""


def _help() -> Iterator[tuple[str, str]]:
    for path, tree in trees_in(SOURCES / "cli"):
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg in {"help", "what", "why"} and (text := _text(node.value)):
                yield f"{path.relative_to(ROOT)}:{node.value.lineno}", text


def _docs() -> Iterator[tuple[str, str]]:
    for path in PAGES:
        prose = re.sub(r"^```.*?^```|^ +```.*?^ +```", _lines_only, path.read_text(), flags=re.MULTILINE | re.DOTALL)
        for number, line in enumerate(prose.splitlines(), start=1):
            for cell in line.strip("| ").split(" | "):
                yield f"{path.relative_to(ROOT)}:{number}", cell


def _lines_only(block: re.Match[str]) -> str:
    return "\n" * block[0].count("\n")


def _docstrings() -> Iterator[tuple[str, str]]:
    for path, tree in trees_in(SOURCES):
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and (text := _text(node.value)):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def _comments() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCES.rglob("*.py")):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
            if token.type == tokenize.COMMENT:
                yield f"{path.relative_to(ROOT)}:{token.start[0]}", _FOR_TOOLS.sub("", token.string)


KINDS: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "errors": _errors,
    "messages": _messages,
    "help": _help,
    "docs": _docs,
    "docstrings": _docstrings,
    "comments": _comments,
}
"""Each kind of text, with its places and paragraphs."""


def main() -> None:
    """Print the sentences of one draw, each after the place that it is from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--from", dest="kinds", action="append", choices=KINDS)
    options = parser.parse_args()
    for place, text in drawn(options.count, options.seed, options.kinds or list(KINDS)):
        print(f"{place}\n    {text}")  # noqa: T201  # it is a command


if __name__ == "__main__":
    main()
