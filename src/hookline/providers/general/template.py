"""Templates: the text that a sender signs, as words of its own around parts of the call.

``{body}`` is the body as it came, ``{body_sha256}`` its digest in hex (``{body_sha256:base64}`` in base64; md5, sha1, sha384 and sha512
too), ``{form}`` the names and values of a form, sorted and joined by nothing. ``{timestamp}`` is the signed time as it is written,
``{id}`` the delivery id, ``{method}`` the method, ``{url}`` the source's public URL with the query of this call, ``{path}`` its path,
``{query}`` the query, ``{query:NAME}`` a field of it (nothing where it is absent), ``{header:NAME}`` a header and ``{json:PATH}`` a text
or a whole number in the JSON body. ``{secret}`` is the secret itself, where a plain digest is made. Any other braces are as they stand.
"""

from __future__ import annotations

import base64
import hashlib
import re
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
    "content_of",
    "headers_of",
    "is_known",
    "members_of",
    "parts_of",
]

Part: TypeAlias = "Callable[[Request, str, str, bytes], bytes]"
"""Makes its bytes of the call, the time, the id and the secret. Raises Rejected where the call lacks it."""

UrlOf: TypeAlias = "Callable[[Request], bytes]"

PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")

_SPLIT: Final = re.compile(r"(\{[^{}]*\})")
_WRITINGS: Final = ("hex", "base64")
_MOST_FIELDS: Final = 2000

_SIMPLE: Final[dict[str, Part]] = {
    "body": lambda request, time, delivery_id, secret: request.body,  # noqa: ARG005 -- the shape of a part, here and below
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
_DIGESTS: Final = frozenset(f"body_{algorithm}" for algorithm in ALGORITHMS)

BODIES: Final = frozenset({"body", "form"}) | {
    *_DIGESTS,
    *(f"{digest}:{writing}" for digest in _DIGESTS for writing in _WRITINGS),
}
"""The placeholders that stand for the whole body: a template needs one of them."""


def is_known(name: str) -> bool:
    """Whether ``{name}`` is a placeholder."""
    kind, colon, rest = name.partition(":")
    return name in _SIMPLE or name in BODIES or name in ("url", "path") or (kind in _NAMED and bool(colon and rest))


def parts_of(template: str, url_of: UrlOf) -> tuple[bytes | Part, ...]:
    """The words of the template as bytes, and what makes the bytes of each placeholder."""
    return tuple(_part(text, url_of) for text in _SPLIT.split(template) if text)


def members_of(template: str) -> tuple[tuple[Path, ...], frozenset[str]]:
    """The paths into the JSON body and the fields of the query that the template reads by name."""
    named = [name.partition(":") for name in PLACEHOLDER.findall(template)]
    members = tuple(tuple(path.split(".")) for kind, _, path in named if kind == "json" and path)
    return members, frozenset(field for kind, _, field in named if kind == "query" and field)


def headers_of(template: str) -> tuple[str, ...]:
    """The names of the headers that the template reads."""
    return tuple(name.partition(":")[2] for name in PLACEHOLDER.findall(template) if name.startswith("header:"))


def content_of(request: Request) -> bytes:
    """The digest of what a form and a query say: the order of a form's fields is not signed."""
    return hashlib.sha256(request.query.encode("utf-8", "replace") + b"\0" + _sorted(request.body)).digest()


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
        raise Rejected("signature_mismatch", f"the body has no text and no whole number at {path}, which is signed")
    return str(value).encode("utf-8", "surrogatepass")
