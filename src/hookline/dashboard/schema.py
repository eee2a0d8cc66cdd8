"""Short functions that make JSON schemas (draft 2020-12, as in OpenAPI 3.1)."""

from __future__ import annotations

from typing import TypeAlias

__all__ = [
    "BOOLEAN",
    "COUNT",
    "MOMENT",
    "NUMBER",
    "TEXT",
    "Schema",
    "choice",
    "listed",
    "mapping",
    "named",
    "nullable",
    "of",
]

Schema: TypeAlias = "dict[str, object]"

TEXT: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


def of(_optional: tuple[str, ...] = (), /, **members: Schema) -> Schema:
    """An object with exactly these members; the members in ``optional`` may be missing."""
    required = [name for name in members if name not in _optional]
    return {"type": "object", "properties": members, "required": required, "additionalProperties": False}


def listed(item: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": item}


def mapping(value: Schema) -> Schema:
    """An object with any names, whose values are these."""
    return {"type": "object", "additionalProperties": value}


def nullable(schema: Schema) -> Schema:
    """This schema, or null."""
    if isinstance(kind := schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def choice(*values: str) -> Schema:
    """One of these texts."""
    return {"type": "string", "enum": list(values)}


def named(name: str) -> Schema:
    """A reference to the schema of this name in the document's components (``api/openapi.py``)."""
    return {"$ref": f"#/components/schemas/{name}"}
