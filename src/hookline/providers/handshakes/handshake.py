"""What the kinds of handshakes share: how one is described, what is read from its call, and how a reply is written."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import orjson

from hookline.domain.handshake import Reply
from hookline.errors import Rejected
from hookline.providers.bodies import find, parsed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["NOSNIFF", "Kind", "echoed", "invalid", "json_reply", "member", "parameter", "parameters", "text_reply"]

NOSNIFF: Final = (("x-content-type-options", "nosniff"),)
"""No browser may take an echoed challenge for a page (https://fetch.spec.whatwg.org/#x-content-type-options-header)."""

_TEXT = re.compile(r"[\x20-\x7e]{1,2048}")
"""What is echoed: printable ASCII, and not more than a challenge needs, so that no one can send others anything through hookline."""

_JSON: Final = "application/json"
_TEXT_PLAIN: Final = "text/plain; charset=utf-8"
_MOST_FIELDS = 50
_LARGEST = 64 * 1024
"""Bytes of a body that may be a handshake."""


@record
class Kind(ABC):
    """A handshake as a catalogue entry has it: what a source must state, and what it must know to answer.

    ``option`` is the option of ``verify`` that names the token it is answered with, without which the source has no such handshake;
    with ``uses_secrets`` it is answered with the source's own secrets. ``needs_url``: with the public URL, too. ``brings_secret``: it
    brings the secret that events are signed with. ``signs_text``: its answer signs the challenge as a body would be signed, so that
    the source must take only JSON.
    """

    method: str = "POST"
    is_signed: bool = False
    option: str = ""
    uses_secrets: bool = False
    needs_url: bool = False
    public_url: str = ""
    brings_secret: bool = False
    signs_text: bool = False

    @property
    def members(self) -> tuple[Path, ...]:
        """The members of a JSON body that it is known by and answered with."""
        return ()

    @abstractmethod
    def is_one(self, request: Request) -> bool:
        """Whether ``request``, whose method fits, is such a call."""

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- the Handshake protocol's shape
        """The answer, or Rejected: 200 and nothing else, unless the kind says more."""
        return Reply()


def parameters(request: Request) -> dict[str, str]:
    """The query's fields, the first of each name; none of a query that is no form."""
    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))


def parameter(request: Request, name: str) -> str | None:
    """One field of the query."""
    return parameters(request).get(name)


def member(request: Request, *path: str) -> object:
    """What stands at ``path`` in a JSON body; None where nothing does, and in a body too large to be a handshake's."""
    return find(parsed(request.body), *path) if len(request.body) <= _LARGEST else None


def echoed(challenge: object, what: str) -> str:
    """The challenge, once it is known to be text that may be echoed. Raises Rejected."""
    if not isinstance(challenge, str) or not _TEXT.fullmatch(challenge):
        raise invalid(f"{what} is not printable text of at most 2048 characters")
    return challenge


def text_reply(text: str) -> Reply:
    """Only the text."""
    return Reply(body=text.encode(), media_type=_TEXT_PLAIN, headers=NOSNIFF)


def json_reply(document: object) -> Reply:
    """The document as JSON."""
    return Reply(body=orjson.dumps(document), media_type=_JSON, headers=NOSNIFF)


def invalid(what: str) -> Rejected:
    """The refusal of a call that no such sender makes."""
    return Rejected("handshake_invalid", what)
