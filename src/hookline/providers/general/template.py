"""Templates: the text that a sender signs, written as fixed words around parts of the call.

``{body}`` is the body as received, ``{body_sha256}`` its digest in hex (``{body_sha256:base64}`` in base64; md5, sha1, sha384 and sha512
too), ``{form}`` the names and values of a form, sorted, without separators. ``{timestamp}`` is the signed time as it is written, ``{id}``
the delivery id, ``{method}`` the method, ``{url}`` the source's public URL with the query of this call, ``{path}`` its path, ``{query}``
the query, ``{query:NAME}`` a field of it (empty if it is absent), ``{header:NAME}`` a header and ``{json:PATH}`` a text or a whole number
in the JSON body. ``{secret}`` is the secret itself, for a plain digest. Any other braces stay unchanged.
"""

from __future__ import annotations

import base64
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from hookline.domain.form import FormError, fields_of
from hookline.errors import Rejected
from hookline.providers.bodies import find, parsed
from hookline.providers.primitives import ALGORITHMS, required

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.domain.reads import Path
    from hookline.domain.request import Request

__all__ = [
    "BODIES",
    "PLACEHOLDER",
    "Part",
    "headers_of",
    "is_known",
    "members_of",
    "open_joints",
    "parts_of",
]

Part: TypeAlias = "Callable[[Request, str, str, bytes], bytes]"
"""Returns the bytes of a placeholder, from the call, the time, the id and the secret. Raises Rejected if the call lacks them."""

UrlOf: TypeAlias = "Callable[[Request], bytes]"

PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")

_WRITINGS: Final = ("hex", "base64")
_MOST_FIELDS: Final = 2000

_SIMPLE: Final[dict[str, Part]] = {
    "body": lambda request, time, delivery_id, secret: request.body,  # noqa: ARG005 -- all parts have the same parameters
    "form": lambda request, time, delivery_id, secret: _sorted(request.body),  # noqa: ARG005
    "timestamp": lambda request, time, delivery_id, secret: time.encode("latin-1"),  # noqa: ARG005
    "id": lambda request, time, delivery_id, secret: delivery_id.encode("latin-1"),  # noqa: ARG005
    "method": lambda request, time, delivery_id, secret: request.method.encode("utf-8", "replace"),  # noqa: ARG005
    "query": lambda request, time, delivery_id, secret: request.query.encode("utf-8", "replace"),  # noqa: ARG005
    "secret": lambda request, time, delivery_id, secret: secret,  # noqa: ARG005
}
_NAMED: Final[dict[str, Callable[[str], Part]]] = {
    "header": lambda name: lambda request, *_: required(request, name).encode("latin-1"),
    "query": lambda name: lambda request, *_: _query(request, name),
    "json": lambda path: lambda request, *_: _member(request, path),
}
_OPEN: Final = frozenset({"form", "header", "id", "query"})
"""Placeholders whose values may begin and end with any character."""

_DIGESTS: Final = frozenset(f"body_{algorithm}" for algorithm in ALGORITHMS)

BODIES: Final = frozenset({"body", "form"}) | {
    *_DIGESTS,
    *(f"{digest}:{writing}" for digest in _DIGESTS for writing in _WRITINGS),
}
"""The placeholders for the whole body: a template needs one of them."""


def is_known(name: str) -> bool:
    """Whether ``{name}`` is a placeholder."""
    kind, colon, rest = name.partition(":")
    return name in _SIMPLE or name in BODIES or name in ("url", "path") or (kind in _NAMED and bool(colon and rest))


def parts_of(template: str, url_of: UrlOf) -> tuple[bytes | Part, ...]:
    """The words of the template as bytes, and the functions for its placeholders."""
    return tuple(_part(text, url_of) for text in _pieces(template))


def _pieces(template: str) -> list[str]:
    """The words and the placeholders with their braces, in order."""
    texts = PLACEHOLDER.split(template)
    pieces = [f"{{{text}}}" if at % 2 else text for at, text in enumerate(texts)]
    return [piece for piece in pieces if piece]


def members_of(template: str) -> tuple[tuple[Path, ...], frozenset[str]]:
    """The paths into the JSON body and the fields of the query that the template reads by name."""
    named = [name.partition(":") for name in PLACEHOLDER.findall(template)]
    members = tuple(tuple(path.split(".")) for kind, _, path in named if kind == "json" and path)
    return members, frozenset(field for kind, _, field in named if kind == "query" and field)


def headers_of(template: str) -> tuple[str, ...]:
    """The names of the headers that the template reads."""
    return tuple(name.partition(":")[2] for name in PLACEHOLDER.findall(template) if name.startswith("header:"))


def open_joints(template: str, *, time_is_open: bool, body_is_open: bool) -> list[tuple[str, str]]:
    """The placeholders next to each other where nothing shows where the first ends and the second begins.

    Anyone who overhears a call can cut such a text in another way, with the same signature: ``{id}{header:X-Type}`` gives the same text for
    ``1`` and ``23`` as for ``12`` and ``3``. ``{form}`` has no separators inside. A number of seconds has a fixed length at present, but
    RFC 3339 text (``time_is_open``) may continue after the seconds. A JSON object or array shows where it begins and ends; other bodies
    (``body_is_open``) do not.
    """
    body = frozenset({"body"} if body_is_open else ())
    ends = _OPEN | {"url"} | body | frozenset({"timestamp"} if time_is_open else ())
    parts = [text[1:-1] if PLACEHOLDER.fullmatch(text) else "" for text in _pieces(template)]
    found = [pair for pair in pairwise(parts) if _is_of(ends, pair[0]) and _is_of(_OPEN | body, pair[1])]
    return found + [("form", "form")] * parts.count("form")


def _is_of(kinds: frozenset[str], placeholder: str) -> bool:
    return not kinds.isdisjoint([placeholder.partition(":")[0]])


def _part(text: str, url_of: UrlOf) -> bytes | Part:
    name = text[1:-1]
    if text[0] != "{" or text[-1] != "}" or not is_known(name):
        return text.encode("latin-1")
    if name == "url":
        return lambda request, *_: url_of(request)
    if name == "path":
        return lambda request, *_: urlsplit(url_of(request)).path
    if name in _SIMPLE:
        return _SIMPLE[name]
    kind, _, rest = name.partition(":")
    return _digest(kind.removeprefix("body_"), rest) if name in BODIES else _NAMED[kind](rest)


def _digest(algorithm: str, writing: str) -> Part:
    new = ALGORITHMS[algorithm]
    if writing == "base64":
        return lambda request, *_: base64.b64encode(new(request.body).digest())
    return lambda request, *_: new(request.body).hexdigest().encode()


def _sorted(body: bytes) -> bytes:
    """Names and values of a form, in order."""
    return b"".join(name + value for name, value in sorted(_fields(body)))


def _query(request: Request, name: str) -> bytes:
    return dict(_fields(request.query.encode("utf-8", "replace"))).get(name.encode(), b"")


def _fields(body: bytes) -> list[tuple[bytes, bytes]]:
    try:
        return fields_of(body, most=_MOST_FIELDS)
    except FormError as error:
        raise Rejected("signature_mismatch", f"the form cannot be read: {error}") from None


def _member(request: Request, path: str) -> bytes:
    value = find(parsed(request.body), *path.split("."))
    if type(value) is not int and type(value) is not str:
        raise Rejected("signature_mismatch", f"the body has no text or whole number at {path}, but its value is signed")
    return str(value).encode("utf-8", "surrogatepass")
