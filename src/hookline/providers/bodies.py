"""JSON in the body of a call, as it is read before verification: missing values are None, and nothing is raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.json_text import NotJsonError, read_json

if TYPE_CHECKING:
    from hookline.domain.event import Json

__all__ = ["find", "object_in", "objects_in", "parsed", "text_at"]


def parsed(body: bytes) -> Json:
    """The JSON document in ``body``; None when it is not JSON."""
    try:
        return read_json(body)
    except NotJsonError:
        return None


def object_in(body: bytes) -> dict[str, object]:
    """The JSON object in ``body``; an empty one when it is something else."""
    document = parsed(body)
    return document if isinstance(document, dict) else {}


def find(document: Json, *path: str) -> Json:
    """The value at ``path``; None when there is none."""
    for name in path:
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def objects_in(items: Json) -> list[dict[str, Json]]:
    """The objects of a list; empty when the value is not a list or contains anything but objects."""
    listed = items if isinstance(items, list) else []
    objects = [item for item in listed if isinstance(item, dict)]
    return objects if all(isinstance(item, dict) for item in listed) else []


def text_at(document: Json, *path: str) -> bytes:
    """The text at ``path``, encoded; empty when there is no text."""
    value = find(document, *path)
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""
