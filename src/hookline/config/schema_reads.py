"""Which members of a body a JSON schema reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hookline.domain.reads import EACH, EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.domain.event import Json
    from hookline.domain.reads import Path, Step

__all__ = ["paths_of_schema"]

_DEEPEST = 64
_MOST_PATHS = 20_000
"""A schema that names more members than this counts as reading everything."""

_SAME_VALUE = ("not", "if", "then", "else", "items", "additionalItems", "unevaluatedItems", "contains")
_SAME_VALUE_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_NAMES = ("dependentRequired", "dependencies")
_BY_NAME = ("properties", "dependentSchemas")
_OF_OTHERS = ("additionalProperties", "unevaluatedProperties", "propertyNames")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def paths_of_schema(schema: Json) -> frozenset[Path]:
    """Every member that the schema names, and EACH or EVERYTHING where it checks members without naming them.

    ``additionalProperties = false`` adds none: a body with other members is refused because of them.
    """
    if not isinstance(schema, Mapping):
        return frozenset()
    found: set[Path] = set()
    for count, path in enumerate(_paths(schema, schema, (), frozenset())):
        found.add(path)
        if count > _MOST_PATHS:
            return frozenset({(EVERYTHING,)})
    return frozenset(found)


def _paths(schema: Json, root: Json, at: Path, through: frozenset[str]) -> Iterator[Path]:
    """Every path that ``schema`` names, from ``at`` downwards; ``through`` are the references that led here."""
    yield at
    if not isinstance(schema, Mapping):
        return
    if len(at) > _DEEPEST:
        yield (*at, EVERYTHING)
        return
    yield from _named(schema, at)
    for step, inner in _inner(schema):
        yield from _paths(inner, root, at if step is None else (*at, step), through)
    for key in _REFERENCES:
        reference = schema.get(key)
        if isinstance(reference, str):
            yield from _referred(reference, root, at, through)


def _referred(reference: str, root: Json, at: Path, through: frozenset[str]) -> Iterator[Path]:
    """The paths of the schema at ``reference``; a reference to itself, or to another document, counts as reading everything."""
    inner = root if reference == "#" else _at_pointer(root, reference)
    if inner is None or reference in through:
        yield (*at, EVERYTHING)
    else:
        yield from _paths(inner, root, at, through | {reference})


def _at_pointer(root: Json, reference: str) -> Json:
    """The value at ``#/…`` (RFC 6901); None if there is none."""
    if not reference.startswith("#/"):
        return None
    found = root
    for step in unquote(reference[2:]).split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def _named(schema: Mapping[str, Json], at: Path) -> Iterator[Path]:
    """Members that are named without a schema of their own, and values that are compared as a whole."""
    required = schema.get("required")
    names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    for key in _NAMES:
        rule = schema.get(key)
        for name, others in rule.items() if isinstance(rule, Mapping) else ():
            names += [
                name,
                *(other for other in (others if isinstance(others, list) else ()) if isinstance(other, str)),
            ]
    yield from ((*at, name) for name in names)
    values = schema.get("enum")
    compared = [schema.get("const"), *(values if isinstance(values, list) else ())]
    if schema.get("uniqueItems") is True or any(isinstance(value, dict | list) for value in compared):
        yield (*at, EVERYTHING)


def _inner(schema: Mapping[str, Json]) -> Iterator[tuple[str | Step | None, Json]]:
    """The schemas inside, each with its step: None for a schema for the same value, or for the elements of an array."""
    yield from ((None, schema[key]) for key in _SAME_VALUE if isinstance(schema.get(key), Mapping))
    for key in _SAME_VALUE_LISTS:
        several = schema.get(key)
        yield from ((None, one) for one in (several if isinstance(several, list) else ()))
    for key in _BY_NAME:
        rule = schema.get(key)
        for name, inner in rule.items() if isinstance(rule, Mapping) else ():
            yield (name if key == "properties" else None), inner
    yield from _of_others(schema)


def _of_others(schema: Mapping[str, Json]) -> Iterator[tuple[Step, Json]]:
    """Schemas for members that are not named."""
    yield from ((EACH, schema[key]) for key in _OF_OTHERS if isinstance(schema.get(key), Mapping) and schema[key])
    patterns = schema.get("patternProperties")
    yield from ((EACH, inner) for inner in (patterns.values() if isinstance(patterns, Mapping) else ()))
