"""The names that a source reads in its requests, collected once: from expressions, schema, scheme, handshakes and routes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import jmespath

from hookline.config.extract import CONTENT_HASH, EACH_CALL, FORM, HEADER
from hookline.config.schema_reads import paths_of_schema
from hookline.domain.queue import UNROUTED
from hookline.domain.reads import EACH, EVERYTHING, NOTHING, Reads, members_of
from hookline.patterns import Pattern
from hookline.providers.scheme import ReadsFields, Signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jmespath.visitor import _TreeNode

    from hookline.domain.event import Json
    from hookline.domain.fifo import Fifo
    from hookline.domain.handshake import Agreed
    from hookline.domain.queue import Queue
    from hookline.domain.reads import Path
    from hookline.domain.route import Match, Route
    from hookline.domain.source import Source
    from hookline.providers.scheme import Scheme

__all__ = ["paths_of_expression", "places_of_expression", "source_reads", "with_routes"]

_OR = " || "


def source_reads(
    expressions: Iterable[object], *, scheme: Scheme, handshakes: Iterable[Agreed], schema: Json = None
) -> Reads:
    """What one source reads; ``expressions`` are those of id, type and time as they were written, None where there is none."""
    written = [one for text in expressions if isinstance(text, str) for one in _alternatives(text)]
    signed = scheme.signed if isinstance(scheme, ReadsFields) else Signed()
    paths = {path for text in written for path in paths_of_expression(text)}
    paths |= {path for agreed in handshakes for path in agreed.handshake.members}
    paths |= paths_of_schema(schema)
    return Reads(
        members=members_of([*paths, *signed.members]),
        signed_json=bool(signed.members),
        form=frozenset(_named(written, FORM)) | signed.form,
        whole_form=signed.whole_form,
        headers=tuple(dict.fromkeys(name.lower() for name in _named(written, HEADER))),
        query=signed.query,
    )


def with_routes(sources: Sequence[Source], routes: Sequence[Route], queues: Sequence[Queue] = ()) -> tuple[Source, ...]:
    """The sources, with the members of ``data`` added that routes read in their events, and the groups of their FIFO ``queues``."""
    paths = _paths_by_source(routes)
    fifo = {queue.name: queue.fifo for queue in queues if queue.fifo is not None}

    def reading(source: Source) -> Source:
        name = f"hookline/{source.name}"
        found = {*paths.get(None, ()), *paths.get(name, ())}
        fed = _fed(name, routes) if fifo else set[str]()
        found |= {path for queue in fifo.keys() & fed for path in _in_data(fifo[queue])}
        if source.reads is NOTHING or not found:
            return source
        return replace(source, reads=replace(source.reads, members=source.reads.members | members_of(found)))

    return tuple(map(reading, sources))


def _paths_by_source(routes: Sequence[Route]) -> Mapping[str | None, set[Path]]:
    """The members of ``data`` that routes read, by the source that they name; under None those of any source."""
    found: dict[str | None, set[Path]] = {}
    for route in routes:
        if isinstance(route.match, Pattern):
            for source, path in route.match.data_paths():
                found.setdefault(source, set()).add(path)
    return found


def _fed(source: str, routes: Sequence[Route]) -> set[str]:
    """The queues that events of this source can reach."""
    return {UNROUTED, *(queue for route in routes if _may_be_from(route.match, source) for queue in route.queues)}


def _may_be_from(match: Match, source: str) -> bool:
    return not isinstance(match, Pattern) or match.may_be_from(source)


def _in_data(fifo: Fifo) -> Iterator[Path]:
    """The members of the body in which a group is found."""
    for path in paths_of_expression(fifo.group):
        if path[:1] == ("data",):
            yield path[1:]
        elif path and not isinstance(path[0], str):
            yield (EVERYTHING,)


def paths_of_expression(expression: str) -> frozenset[Path]:
    """Every member of the body that this JMESPath can read; none for text that is not a JMESPath into the body."""
    if expression.startswith((HEADER, FORM)) or expression in (CONTENT_HASH, EACH_CALL):
        return frozenset()
    found: set[Path] = set()
    _follow(jmespath.compile(expression).parsed, frozenset({()}), found)
    return frozenset(found)


def places_of_expression(expression: str) -> frozenset[Path]:
    """The paths of the values that this JMESPath returns, or that it passes to a function."""
    return _follow(jmespath.compile(expression).parsed, frozenset({()}), set())


def _alternatives(expression: str) -> list[str]:
    """The expressions that ``config.extract`` reads separately."""
    if expression.startswith((HEADER, FORM)):
        return expression.split(_OR)
    return [expression.removesuffix(_OR + CONTENT_HASH)]


def _named(expressions: Iterable[str], prefix: str) -> Iterator[str]:
    return (text.removeprefix(prefix) for text in expressions if text.startswith(prefix))


def _follow(node: _TreeNode, at: frozenset[Path], found: set[Path]) -> frozenset[Path]:
    """The paths of the values of ``node``, evaluated at the values in ``at``; ``found`` gets everything that it reads on the way."""
    kind = node["type"]
    if kind in _LEAVES:
        return frozenset() if kind == "literal" else at
    if kind == "field":
        return _noted(((*path, node["value"]) for path in at), found)
    if kind in _CHAINS:
        return _chained(node, at, found)
    return _combined(node, at, found)


_CHAINS = frozenset(
    {"subexpression", "index_expression", "pipe", "projection", "value_projection", "filter_projection"}
)
_LEAVES = frozenset({"literal", "current", "identity", "index", "slice"})


def _chained(node: _TreeNode, at: frozenset[Path], found: set[Path]) -> frozenset[Path]:
    """Each child is evaluated at what the one before it has found; a filter's condition, the last child, returns no value itself."""
    first, *rest = node["children"]
    at = _follow(first, at, found)
    if node["type"] == "value_projection":
        at = _noted(((*path, EACH) for path in at), found)
    elif node["type"] == "filter_projection":
        _follow(rest.pop(), at, found)
    for child in rest:
        at = _follow(child, at, found)
    return at


def _combined(node: _TreeNode, at: frozenset[Path], found: set[Path]) -> frozenset[Path]:
    """The paths that several expressions find together. A function may read everything in its arguments, and so does a comparison."""
    expressions = [child for child in node["children"] if child["type"] != "expref"]
    empty: frozenset[Path] = frozenset()
    values = empty.union(*(_follow(child, at, found) for child in expressions))
    if node["type"] in ("function_expression", "comparator"):
        _noted(((*path, EVERYTHING) for path in values), found)
    for child in node["children"]:
        if child["type"] == "expref":  # evaluated for the elements of the other arguments
            _follow(child["children"][0], values, found)
    return values


def _noted(paths: Iterable[Path], found: set[Path]) -> frozenset[Path]:
    noted = frozenset(paths)
    found |= noted
    return noted
