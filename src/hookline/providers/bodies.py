"""JSON in the body of a call, as it is read before anything of it is proved: what is not there is None, and nothing is raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.json_text import NotJsonError, read_json

if TYPE_CHECKING:
    from hookline.domain.event import Json

__all__ = ["find", "object_in", "objects_in", "parsed", "text_at"]


def parsed(body: bytes) -> Json:
    """The JSON document that ``body`` is; None when it is none."""
    try:
        return read_json(body)
    except NotJsonError:
        return None


def object_in(body: bytes) -> dict[str, object]:
    """The JSON object that ``body`` is; an empty one when it is something else."""
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
    """The objects of a list; none at all when it is no list or holds anything else."""
    listed = items if isinstance(items, list) else []
    objects = [item for item in listed if isinstance(item, dict)]
    return objects if all(isinstance(item, dict) for item in listed) else []


def text_at(document: Json, *path: str) -> bytes:
    """The text at ``path``, encoded; nothing when there is none, or something else."""
    value = find(document, *path)
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""
