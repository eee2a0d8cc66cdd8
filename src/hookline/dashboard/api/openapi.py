"""Makes the OpenAPI 3.1 document from the table of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline import __version__
from hookline.dashboard.api.examples import read_examples
from hookline.dashboard.api.parameters import PATH_SCHEMAS
from hookline.dashboard.schema import COUNT, TEXT, listed, named, of
from hookline.error_codes import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.dashboard.api.operation import Operation
    from hookline.dashboard.schema import Schema

__all__ = ["PROBLEM", "openapi_document"]

PROBLEM: Final = of(
    ("errors",),
    type=TEXT,
    title=TEXT,
    status=COUNT,
    code=TEXT,
    detail=TEXT,
    remedy=TEXT,
    errors=listed(of(pointer=TEXT, reason=TEXT)),
)
_MEANINGS: Final = {
    "400": ("parameter_invalid", "A parameter or the body is not valid"),
    "401": ("credentials_missing", "The caller is not authenticated"),
    "403": ("access_denied", "The caller may not do this"),
    "404": ("not_found", "Not found"),
    "409": ("not_possible_now", "Not allowed in the current state"),
    "413": ("body_too_large", "The body is too large"),
    "429": ("too_many_requests", "Too many attempts"),
    "503": ("storage_unavailable", "Not possible now; try again"),
}
"""By status: a code with this status, for the example of the answer, and the meaning of the status."""

_IN_PATHS: Final = {
    "event_id": "The id of an event, such as `shop:evt_1`, percent-encoded.",
    "number": "The id of a rejected request.",
    "queue": "A queue of hookline.toml, its dead-letter queue such as `payments-dlq`, or `unrouted`.",
    "run": "The id of an action, from the answer that started it.",
    "source": "A source of hookline.toml.",
}
_DESCRIPTION: Final = (
    "Everything that the pages of the control room show and do. A request is signed with an access key of `[[access]]` by AWS Signature "
    "Version 4 (service `sqs`, any region), or carries the key's id and secret by HTTP Basic, or the cookie of a login. On a loopback "
    "port without access keys and users it needs nothing. A refusal is `application/problem+json` with a stable `code`."
)


def openapi_document(operations: Sequence[Operation]) -> dict[str, object]:
    """The document for these operations."""
    examples = read_examples()
    paths: dict[str, dict[str, object]] = {}
    schemas: dict[str, Schema] = {"Problem": PROBLEM}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(
            operation, examples.get(operation.name, {})
        )
        schemas |= operation.schemas
    return {
        "openapi": "3.1.0",
        "info": {"title": "hookline control room", "version": __version__, "description": _DESCRIPTION},
        "security": [{"sigv4": []}, {"basic": []}, {"session": []}, {}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4 with an access key of hookline.toml.",
                },
                "basic": {"type": "http", "scheme": "basic"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-hookline"},
            },
        },
    }


def _operation(operation: Operation, example: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {
        "operationId": operation.name,
        "tags": [operation.subject],
        "summary": operation.summary,
        "description": _described(operation),
        "parameters": [*map(_in_path, operation.path_names), *_in_query(operation)],
        "responses": {
            "200": _answer(operation, example),
            **{status: _problem(int(status), *meaning) for status, meaning in _MEANINGS.items()},
        },
    }
    if operation.body is not None:
        content = {"schema": operation.body, **_example_of(example, "request")}
        found["requestBody"] = {"required": True, "content": {"application/json": content}}
    return found


def _described(operation: Operation) -> str:
    return " ".join(filter(None, [operation.description, f"Needs the right `{operation.right.value}`."]))


def _in_path(name: str) -> dict[str, object]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": _IN_PATHS[name],
        "schema": PATH_SCHEMAS.get(name, {"type": "string", "minLength": 1}),
    }


def _in_query(operation: Operation) -> list[dict[str, object]]:
    return [
        {"name": one.name, "in": "query", "description": one.description, "schema": one.schema}
        for one in operation.parameters
    ]


def _answer(operation: Operation, example: Mapping[str, object]) -> dict[str, object]:
    content = {"schema": operation.answer, **_example_of(example, "answer")}
    return {"description": operation.summary, "content": {operation.media_type: content}}


def _example_of(example: Mapping[str, object], name: str) -> dict[str, object]:
    return {"example": example[name]} if name in example else {}


def _problem(status: int, code: str, text: str) -> dict[str, object]:
    known = CODES[code]
    example = {
        "type": f"urn:hookline:error:{code}",
        "title": known.title,
        "status": status,
        "code": code,
        "detail": text,
        "remedy": known.remedy,
    }
    return {
        "description": text,
        "content": {"application/problem+json": {"schema": named("Problem"), "example": example}},
    }
