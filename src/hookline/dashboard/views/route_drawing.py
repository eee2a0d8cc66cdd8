"""Computes the positions of boxes and lines in the drawing of the routes, from which a template makes SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.dashboard.schema import BOOLEAN, COUNT, NUMBER, TEXT, choice, listed, of
from hookline.domain.queue import UNROUTED
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["DRAWING", "Link", "drawing"]

_BOX: Final = of(
    kind=choice("source", "rule", "queue"),
    name=TEXT,
    under=TEXT,
    x=NUMBER,
    y=NUMBER,
    width=NUMBER,
    height=NUMBER,
    on=BOOLEAN,
    off=BOOLEAN,
)
DRAWING: Final = of(
    width=NUMBER, height=NUMBER, boxes=listed(_BOX), lines=listed(of(path=TEXT, on=BOOLEAN, off=BOOLEAN)), rules=COUNT
)

_WIDTH, _SIDE, _MIDDLE = 1000, 200, 330
_ROW, _HEIGHT, _EDGE = 62, 46, 12
_MOST_CHARACTERS: Final = 44
_MOST_SIDE: Final = 24


@record
class Link:
    """A rule: the sources whose events it can match, and its queues."""

    rule: int
    sources: tuple[str, ...]
    queues: tuple[str, ...]


def drawing(
    links: Sequence[Link],
    *,
    matches: Sequence[str],
    sources: Sequence[tuple[str, str]],
    queues: Sequence[str],
    matched: frozenset[int] | None,
    source: str | None,
) -> dict[str, object]:
    """Three columns: sources with their paths, rules with their patterns, queues. Each column is centred.

    With ``matched`` only the path of an event of ``source`` is highlighted.
    """
    goes_to = {name for link in links if matched and link.rule in matched for name in link.queues} or {UNROUTED}
    rows = max(len(sources), len(links), len(queues), 1)
    columns = {
        "source": [(name, path, name == source) for name, path in sources],
        "rule": [
            (f"{link.rule}", text, link.rule in (matched or ())) for link, text in zip(links, matches, strict=True)
        ],
        "queue": [(name, "no rule matches" if name == UNROUTED else "", name in goes_to) for name in queues],
    }
    boxes = [
        box for kind, column in columns.items() for box in _column(kind, column, rows, is_tried=matched is not None)
    ]
    return {
        "width": _WIDTH,
        "height": rows * _ROW + 2 * _EDGE - (_ROW - _HEIGHT),
        "boxes": boxes,
        "lines": _lines(links, boxes, matched, source),
        "rules": len(links),
    }


def _column(
    kind: str, entries: Sequence[tuple[str, str, bool]], rows: int, *, is_tried: bool
) -> list[dict[str, object]]:
    width = _MIDDLE if kind == "rule" else _SIDE
    x = {"source": 0, "rule": (_WIDTH - _MIDDLE) // 2, "queue": _WIDTH - _SIDE}[kind]
    top = _EDGE + (rows - len(entries)) * _ROW / 2
    most = _MOST_CHARACTERS if kind == "rule" else _MOST_SIDE
    return [
        {
            "kind": kind,
            "name": _cut(name, most),
            "under": _cut(under, most),
            "x": x,
            "y": top + number * _ROW,
            "width": width,
            "height": _HEIGHT,
            "on": is_tried and on,
            "off": is_tried and not on,
        }
        for number, (name, under, on) in enumerate(entries)
    ]


def _lines(
    links: Sequence[Link], boxes: Sequence[Mapping[str, object]], matched: frozenset[int] | None, source: str | None
) -> list[dict[str, object]]:
    place = {(str(box["kind"]), str(box["name"])): box for box in boxes}
    is_tried = matched is not None
    lines: list[dict[str, object]] = []
    for link in links:
        rule, is_on = place["rule", f"{link.rule}"], matched is not None and link.rule in matched
        starts = [(name, place.get(("source", _cut(name, _MOST_SIDE)))) for name in link.sources]
        ends = [place.get(("queue", _cut(name, _MOST_SIDE))) for name in link.queues]
        lines += [_line(one, rule, on=is_on and name == source, is_tried=is_tried) for name, one in starts if one]
        lines += [_line(rule, one, on=is_on, is_tried=is_tried) for one in ends if one]
    return sorted(lines, key=lambda line: bool(line["on"]))


def _line(start: Mapping[str, object], end: Mapping[str, object], *, on: bool, is_tried: bool) -> dict[str, object]:
    x, y = _number(start, "x") + _number(start, "width"), _number(start, "y") + _HEIGHT / 2
    to_x, to_y = _number(end, "x"), _number(end, "y") + _HEIGHT / 2
    middle = (x + to_x) / 2
    path = f"M{x:g} {y:g}C{middle:g} {y:g} {middle:g} {to_y:g} {to_x:g} {to_y:g}"
    return {"path": path, "on": on, "off": is_tried and not on}


def _number(box: Mapping[str, object], name: str) -> float:
    value = box[name]
    assert isinstance(value, int | float)  # noqa: S101 -- as _column makes them
    return value


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
