"""The tables of docs/reference/transactions.md, from the mappers and the senders' published lists: ``make catalogue`` writes them again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hookline.domain.transaction import Kind
from hookline.providers.transactions import MAPPED, mapper_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hookline.providers.transactions.mapper import MappedType, Mapper

__all__ = ["PAGE", "published", "rewritten", "section_of"]

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "transactions.md"
PUBLISHED = Path(__file__).parent / "unit" / "transactions" / "published"
BEGIN = "<!-- {}, written by `make catalogue` -->"
END = "<!-- end -->"
_HEAD = "| type | kind | source |\n|---|---|---|\n"


def published(provider: str) -> dict[str, Any]:
    """The sender's own list of its types, with where and when it was read, and why some are not mapped."""
    found: dict[str, Any] = json.loads((PUBLISHED / f"{provider}.json").read_text())
    return found


def section_of(provider: str, text: str) -> str:
    """The sender's part of the page."""
    found = re.search(
        rf"^## {re.escape(published(provider)['title'])}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found, f"{PAGE.name} has no section about {provider}"
    return found[1]


def rewritten(text: str) -> str:
    """The page with the current tables."""
    for provider in MAPPED:
        before = section_of(provider, text)
        text = text.replace(before, _between(before, "its types", _types(provider)))
    return _between(text, "the senders", _senders())


def _between(text: str, name: str, table: str) -> str:
    begin = BEGIN.format(name)
    before, found, rest = text.partition(begin)
    assert found, f"{begin} is missing after {before[-80:]!r}"
    return f"{before}{begin}\n\n{table}\n{END}{rest.partition(END)[2]}"


def _senders() -> str:
    """Which kinds each sender reports."""
    rows = []
    for provider in sorted(MAPPED, key=lambda name: str(published(name)["title"]).lower()):
        types = _every_type(_mapper(provider))
        kinds = {kind for mapped in types for kind in _kinds(mapped)}
        marks = " | ".join("yes" if kind in kinds else "" for kind in Kind)
        title = published(provider)["title"]
        anchor = re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        rows.append(f"| [{title}](#{anchor}) | `{provider}` | {marks} |\n")
    return (
        f"| sender | scheme | {' | '.join(f'{kind}s' for kind in Kind)} |\n|---|---|{'---|' * len(Kind)}\n"
        + "".join(rows)
    )


def _mapper(provider: str) -> Mapper:
    found = mapper_of(provider)
    assert found is not None
    return found


def _every_type(mapper: Mapper) -> Iterable[MappedType]:
    yield from mapper.types.values()
    for values in mapper.choices.values():
        for types in values.values():
            yield from types.values()


def _kinds(mapped: MappedType) -> set[Kind]:
    return {mapped.kind} | (_kinds(mapped.otherwise) if mapped.otherwise else set())


def _types(provider: str) -> str:
    """All types of one sender: what is mapped, by option, and what is not."""
    mapper = _mapper(provider)
    chosen = {name for values in mapper.choices.values() for types in values.values() for name in types}
    parts = [_table({name: found for name, found in mapper.types.items() if name not in chosen})]
    for option, values in mapper.choices.items():
        for place, (value, types) in enumerate(values.items()):
            default = ", the default" if place == 0 else ""
            parts.append(f'With `{option} = "{value}"`{default}:\n\n{_table(types)}')
    left_out = published(provider)["not_mapped"]
    if left_out:
        rows = "".join(f"| {', '.join(f'`{name}`' for name in names)} | {why} |\n" for why, names in left_out.items())
        parts.append(f"Not mapped:\n\n| types | why |\n|---|---|\n{rows}")
    return "\n".join(part for part in parts if part)


def _table(types: Mapping[str, MappedType]) -> str:
    rows = [
        f"| `{name}` | {' or '.join(kind for kind in Kind if kind in _kinds(found))} | [documentation]({found.source}) |\n"
        for name, found in types.items()
    ]
    return _HEAD + "".join(rows) if rows else ""


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text()))
