"""Challenges that are returned: unchanged, or as a keyed hash."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import TYPE_CHECKING

from hookline.domain.json_text import NotJsonError, read_json
from hookline.providers.handshakes.handshake import Form, Guarded, check_token, echoed, invalid, member, parameter
from hookline.providers.primitives import ENCODINGS, mac
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.handshake import Reply
    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["Echo", "EchoedHeader", "EchoedMember", "EchoedParameter"]

_HASHED = re.compile(r"[A-Za-z0-9_.~+/=-]{1,128}")
"""The challenges that may be hashed: their text cannot contain a JSON object or array, nor a separator of a signed text except the dot."""


@record
class Echo(Guarded):
    """A challenge, returned as ``reply`` (``text``, ``json`` or ``header``) with the name ``under``; by default with its own name.

    ``token`` is the place of a token that must come with it, such as ``query:hub.verify_token``.

    With ``hmac``, an algorithm such as ``sha256``, the answer is the keyed hash of the challenge, with the source's first secret or with
    the one that signed the call: in ``encoding``, after ``prefix``. ``repeat`` is the member of a JSON answer that contains the challenge,
    next to the hash. The key is the same that signs bodies. So a hashed challenge is short and not JSON. If the call itself is not
    verified, the source accepts only bodies that are JSON objects or arrays, which no hashed text can contain.
    """

    reply: str = "text"
    under: str = ""
    token: str = ""
    hmac: str = ""
    encoding: str = "hex"
    prefix: str = ""
    repeat: str = ""

    @property
    @abstractmethod
    def name(self) -> str:
        """The challenge's own name."""

    @abstractmethod
    def challenge(self, request: Request) -> object:
        """The value at the challenge's place; None if there is none."""

    @property
    def uses_secrets(self) -> bool:
        """Whether the answer is a hash."""
        return bool(self.hmac)

    @property
    def signs_text(self) -> bool:
        """Whether the answer is a hash that anyone may request."""
        return bool(self.hmac) and not self.is_signed

    def is_one(self, request: Request) -> bool:
        """A call with a challenge that meets every condition."""
        return Guarded.is_one(self, request) and self.challenge(request) is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """An answer with the challenge or its hash."""
        if self.token:
            check_token(request, self.token, secrets)
        challenge, form = self.challenge(request), Form(kind=self.reply, name=self.under or self.name)
        if not self.hmac:
            return form.reply(echoed(challenge, self.name))
        text = self._hashable(challenge)
        digest = ENCODINGS[self.encoding](mac(secrets[0].value, text.encode(), self.hmac)).decode()
        return form.reply(f"{self.prefix}{digest}", {self.repeat: text} if self.repeat else {})

    def _hashable(self, challenge: object) -> str:
        if not isinstance(challenge, str) or not _HASHED.fullmatch(challenge):
            raise invalid(f"{self.name} is not a challenge: at most 128 letters, digits and _.~+/=-")
        if self.signs_text and _is_json(challenge):
            raise invalid(f"{self.name} is not a challenge, but JSON")
        return challenge


@record
class EchoedParameter(Echo):
    """A challenge in the query."""

    method: str = "GET"
    parameter: str

    @property
    def name(self) -> str:
        """The name of the field."""
        return self.parameter

    def challenge(self, request: Request) -> object:
        """The decoded field of the query."""
        return parameter(request, self.parameter) if request.query else None


@record
class EchoedHeader(Echo):
    """A challenge in a header."""

    method: str = "GET"
    header: str

    @property
    def name(self) -> str:
        """The name of the header."""
        return self.header

    def challenge(self, request: Request) -> object:
        """The header, unless it is empty."""
        return request.headers.get(self.header) or None


@record
class EchoedMember(Echo):
    """A challenge in a JSON body, at ``path`` (with dots). Without a condition the body must contain the challenge and nothing else."""

    path: str = "challenge"
    is_signed: bool = True

    @property
    def name(self) -> str:
        """The name of the member, without its path."""
        return self.path.rpartition(".")[2]

    @property
    def members(self) -> tuple[Path, ...]:
        """The challenge, and the members that conditions check."""
        return (tuple(self.path.split(".")), *Guarded.members.__get__(self))

    def is_one(self, request: Request) -> bool:
        """A body that meets the conditions, whatever its challenge is; or one that contains only the challenge."""
        if self.when:
            return Guarded.is_one(self, request)
        return self.name.encode() in request.body and _holds_alone(member(request), self.path)

    def challenge(self, request: Request) -> object:
        """The value of the member."""
        return member(request, *self.path.split("."))


def _holds_alone(document: object, name: str) -> bool:
    found: Mapping[object, object] = document if isinstance(document, dict) else {}
    return found.keys() == {name}


def _is_json(text: str) -> bool:
    try:
        read_json(text.encode())
    except NotJsonError:
        return False
    return True
