"""The common part of all kinds of handshakes: how one is described, what is read from its call, and how a reply is written."""

from __future__ import annotations

import hmac
import re
from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import parse_qsl

import orjson

from hookline.domain.handshake import Reply
from hookline.errors import Rejected
from hookline.providers.bodies import find, parsed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.event import Json
    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = [
    "NOSNIFF",
    "Condition",
    "Form",
    "Guarded",
    "Kind",
    "check_token",
    "echoed",
    "invalid",
    "json_reply",
    "member",
    "parameter",
    "parameters",
    "place_of",
    "standing",
    "text_reply",
]

NOSNIFF: Final = (("x-content-type-options", "nosniff"),)
"""No browser may treat a returned challenge as a page (https://fetch.spec.whatwg.org/#x-content-type-options-header)."""

_BODY: Final = "body:"
_AS_WRITTEN = re.compile(r"[A-Za-z0-9_. -]+")
"""Characters that JSON texts contain without escapes; every encoder writes them unchanged."""

NOTHING_MORE: Final[Mapping[str, str]] = MappingProxyType({})

_TEXT = re.compile(r"[\x20-\x7e]{1,2048}")
"""The challenges that are returned: printable ASCII, and not longer than a challenge needs, so that nobody can send content to others
through hookline.
"""

_JSON: Final = "application/json"
_TEXT_PLAIN: Final = "text/plain; charset=utf-8"
_MOST_FIELDS = 50
_LARGEST = 64 * 1024
"""The most bytes of a body that may be a handshake."""


@record
class Kind(ABC):
    """A handshake as a catalogue entry has it: what a source must configure, and what is needed to answer.

    ``option`` is the option of ``verify`` that names the token for the answer; without it the source does not have this handshake.
    ``needs_url``: the answer also needs the public URL. ``brings_secret``: it brings the secret that events are signed with.
    """

    method: str = "POST"
    is_signed: bool = False
    option: str = ""
    needs_url: bool = False
    public_url: str = ""
    brings_secret: bool = False

    @property
    def uses_secrets(self) -> bool:
        """Whether the answer uses the source's own secrets."""
        return False

    @property
    def signs_text(self) -> bool:
        """Whether its answer signs any caller's text with the key of bodies: the source must then accept only JSON objects and arrays."""
        return False

    @property
    def members(self) -> tuple[Path, ...]:
        """The members of a JSON body that identify the call, and those that its answer uses."""
        return ()

    @abstractmethod
    def is_one(self, request: Request) -> bool:
        """Whether ``request``, whose method fits, is such a call."""

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- required by Handshake
        """The answer, or Rejected: an empty 200, unless the kind overrides it."""
        return Reply()


Condition: TypeAlias = "tuple[str, str | int | bool]"
"""A place, as ``place_of`` reads it, and the value that must be there."""


@record
class Guarded(Kind):
    """A kind that other calls may look like: a call is one only if it meets everything in ``when``."""

    when: tuple[Condition, ...] = ()

    @property
    def members(self) -> tuple[Path, ...]:
        """The members that conditions check."""
        return tuple(path for where, path in map(place_of, [name for name, _ in self.when]) if where == "body")

    def is_one(self, request: Request) -> bool:
        """A call that meets every condition."""
        return all(_is_so(request, name, value) for name, value in self.when)


def _is_so(request: Request, name: str, value: object) -> bool:
    if (
        name.startswith(_BODY)
        and isinstance(value, str)
        and _AS_WRITTEN.fullmatch(value)
        and value.encode() not in request.body
    ):
        return False  # most bodies are events, and this costs less than parsing each of them
    there = standing(request, name)
    return type(there) is type(value) and there == value


def place_of(name: str) -> tuple[str, tuple[str, ...]]:
    """``query``, ``header`` or ``body``, and the name there: for a member of the body the whole path, as in ``body:event.type``."""
    where, _, rest = name.partition(":")
    return where, tuple(rest.split(".")) if where == "body" else (rest,)


def standing(request: Request, name: str) -> object:
    """The value at a place such as ``query:challenge``, ``header:X-Challenge`` or ``body:event.type``; None if there is none."""
    where, path = place_of(name)
    if where == "query":
        return parameter(request, path[0])
    if where == "header":
        return request.headers.get(path[0])
    return member(request, *path)


def check_token(request: Request, name: str, secrets: Sequence[Secret], *, code: str = "handshake_refused") -> None:
    """Refuse a call that does not have one of ``secrets`` at this place; they are compared in constant time."""
    written = standing(request, name)
    token = written.encode("utf-8", "replace") if isinstance(written, str) else b""
    if not any([bool(secret.value) and hmac.compare_digest(secret.value, token) for secret in secrets]):  # noqa: C419 -- each is compared, whatever the others are
        raise Rejected(code, f"{place_of(name)[1][-1]} is not the token of this source")


@record
class Form:
    """The form of an answer: ``text``, or ``name`` in a JSON object (``json``) or among the headers (``header``)."""

    kind: str = "text"
    name: str = ""

    def reply(self, text: str, more: Mapping[str, str] = NOTHING_MORE) -> Reply:
        """The answer; ``more`` are further members of the JSON object, before it."""
        if self.kind == "header":
            return Reply(headers=((self.name.lower(), text),))
        return json_reply({**more, self.name: text}) if self.kind == "json" else text_reply(text)


def parameters(request: Request) -> dict[str, str]:
    """The query's fields, the first of each name; empty for a query that is not a form."""
    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))


def parameter(request: Request, name: str) -> str | None:
    """One field of the query."""
    return parameters(request).get(name)


def member(request: Request, *path: str) -> Json:
    """The value at ``path`` in a JSON body; None if there is none, or if the body is too large for a handshake."""
    return find(parsed(request.body), *path) if len(request.body) <= _LARGEST else None


def echoed(challenge: object, what: str) -> str:
    """The challenge, after a check that it may be returned. Raises Rejected."""
    if not isinstance(challenge, str) or not _TEXT.fullmatch(challenge):
        raise invalid(f"{what} is not printable text of at most 2048 characters")
    return challenge


def text_reply(text: str) -> Reply:
    """An answer with only the text."""
    return Reply(body=text.encode(), media_type=_TEXT_PLAIN, headers=NOSNIFF)


def json_reply(document: object) -> Reply:
    """An answer with the document as JSON."""
    return Reply(body=orjson.dumps(document), media_type=_JSON, headers=NOSNIFF)


def invalid(what: str) -> Rejected:
    """The refusal of an invalid handshake."""
    return Rejected("handshake_invalid", what)
