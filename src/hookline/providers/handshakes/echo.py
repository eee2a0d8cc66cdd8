"""Challenges that come back: as they are, or as a keyed hash of them."""

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
"""What is hashed: no text of it can hold a JSON object or array, and no separator of a signed text but the dot."""


@record
class Echo(Guarded):
    """A challenge, answered ``reply`` (``text``, ``json`` or ``header``), there ``under`` a name: its own where none is given.

    ``token`` is the place of a token that has to come with it, such as ``query:hub.verify_token``.

    With ``hmac``, an algorithm such as ``sha256``, the answer is the keyed hash of the challenge by the source's first secret, or by the
    one that the call is signed with: in ``encoding``, behind ``prefix``. ``repeat`` is the member of a JSON answer in which the challenge
    stands beside it. The key is the one that bodies are signed with. So what is hashed is short, and no JSON; and where the call itself
    proves nothing, the source takes only bodies that are JSON objects or arrays: no text that is hashed can hold one of them.
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
        """What stands where the challenge is; None where nothing does."""

    @property
    def uses_secrets(self) -> bool:
        """Whether it is a hash that is answered."""
        return bool(self.hmac)

    @property
    def signs_text(self) -> bool:
        """Whether it is a hash, and anyone may ask for it."""
        return bool(self.hmac) and not self.is_signed

    def is_one(self, request: Request) -> bool:
        """A call with a challenge that meets every condition."""
        return Guarded.is_one(self, request) and self.challenge(request) is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """The challenge or its hash."""
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
        """That of the field."""
        return self.parameter

    def challenge(self, request: Request) -> object:
        """The decoded field."""
        return parameter(request, self.parameter) if request.query else None


@record
class EchoedHeader(Echo):
    """A challenge in a header."""

    method: str = "GET"
    header: str

    @property
    def name(self) -> str:
        """That of the header."""
        return self.header

    def challenge(self, request: Request) -> object:
        """The header, unless it is empty."""
        return request.headers.get(self.header) or None


@record
class EchoedMember(Echo):
    """A challenge in a JSON body, at ``path`` (with dots). Without a condition the body must hold the challenge and nothing else."""

    path: str = "challenge"
    is_signed: bool = True

    @property
    def name(self) -> str:
        """That of the member, without those around it."""
        return self.path.rpartition(".")[2]

    @property
    def members(self) -> tuple[Path, ...]:
        """The challenge, and what conditions look at."""
        return (tuple(self.path.split(".")), *Guarded.members.__get__(self))

    def is_one(self, request: Request) -> bool:
        """A body that says so, whatever its challenge is; or that holds only the challenge."""
        if self.when:
            return Guarded.is_one(self, request)
        return self.name.encode() in request.body and _holds_alone(member(request), self.path)

    def challenge(self, request: Request) -> object:
        """The member."""
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
