"""The checks of API Gateway before hookline: never stricter than the source's own schema."""

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
"""Bytes for headers, the request's context and the path, which are repeated in an event: API Gateway accepts 10,240 bytes of headers."""


def model_name(source: Source, environment: str) -> str:
    """The name of the source's model; API Gateway accepts only letters and digits, so hyphens become capitals."""
    own = "" if source.path == DEFAULT_PATH else _capitals(source.name)
    return f"WebhookModel{_capitals(environment)}{own}"


def _capitals(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def model_schema(source: Source) -> str | None:
    """The schema of the source's model, or None where the gateway must accept every body.

    That is: without a schema, where bodies other than JSON or handshakes with other bodies are accepted, and where the schema does not
    directly require an object.
    ``type`` and ``required`` mean the same in every draft; in some drafts a ``$ref`` next to them would disable them.
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
    """Whether the sender also posts handshakes, for which the schema is not made."""
    return any(agreed.handshake.method == "POST" for agreed in source.handshakes)


def binary_media_types(sources: Iterable[Source]) -> list[str]:
    """The media types that API Gateway must pass as base64, because text would damage them: all except JSON and forms."""
    taken = {media_type for source in sources for media_type in source.media_types}
    return sorted(kind for kind in taken if not is_json_media_type(kind) and kind != _FORM)


def largest_body(source: Source) -> int:
    """The largest body in bytes that reaches the validator in any case: base64 adds a third, JSON text may double it."""
    room = _INVOCATION - _AROUND_THE_BODY
    return room * 3 // 4 if binary_media_types([source]) else room // 2
