"""What API Gateway checks before hookline does: a safety net that is never stricter than the source's own schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hookline.config.schema import Schema
from hookline.domain.message import is_json_media_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hookline.domain.source import Source

__all__ = ["DEFAULT_PATH", "binary_media_types", "largest_body", "model_name", "model_schema", "takes_handshakes"]

DEFAULT_PATH = "/webhook"
_DRAFT = "http://json-schema.org/draft-04/schema#"
_FORM = "application/x-www-form-urlencoded"
_INVOCATION = 6 * 1024 * 1024
_AROUND_THE_BODY = 256 * 1024
"""Headers, the request's context and the path, several times over: API Gateway takes 10,240 bytes of headers."""


def model_name(source: Source, environment: str) -> str:
    """The source's model; API Gateway takes only letters and digits, so that hyphens become capitals."""
    own = "" if source.path == DEFAULT_PATH else _capitals(source.name)
    return f"WebhookModel{_capitals(environment)}{own}"


def _capitals(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def model_schema(source: Source) -> str | None:
    """The schema of the source's model, or None where the gateway must let every body through.

    That is: where there is no schema, where other bodies than JSON are taken or handshakes come with bodies of their own, and where
    the schema does not ask for an object in plain words.
    ``type`` and ``required`` mean the same in every draft; a ``$ref`` beside them would silence them in some.
    """
    document = source.schema.document if isinstance(source.schema, Schema) else None
    if not isinstance(document, dict) or document.get("type") != "object" or "$ref" in document:
        return None
    if not all(map(is_json_media_type, source.media_types)) or takes_handshakes(source):
        return None
    model: dict[str, object] = {"$schema": _DRAFT, "title": source.name, "type": "object"}
    if required := document.get("required"):  # draft 4 refuses an empty list
        model["required"] = required
    return json.dumps(model)


def takes_handshakes(source: Source) -> bool:
    """Whether calls that are no events come by POST, which no schema is made for."""
    return any(agreed.handshake.method == "POST" for agreed in source.handshakes)


def binary_media_types(sources: Iterable[Source]) -> list[str]:
    """What API Gateway must hand over as base64, because it would not come through as text: all but JSON and forms."""
    taken = {media_type for source in sources for media_type in source.media_types}
    return sorted(kind for kind in taken if not is_json_media_type(kind) and kind != _FORM)


def largest_body(source: Source) -> int:
    """Bytes of a body that surely reach the validator: as base64 it grows by a third, as JSON text it may double."""
    room = _INVOCATION - _AROUND_THE_BODY
    return room * 3 // 4 if binary_media_types([source]) else room // 2
