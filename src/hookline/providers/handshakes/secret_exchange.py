"""Secrets that the sender chooses and sends once.

Anyone can make such a call: the secret is stored only while the operator expects one, and only the first one is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.domain.handshake import Reply
from hookline.providers.handshakes.handshake import Kind, invalid, member
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["SecretInHeader", "SecretInMember"]

_SECRET = re.compile(r"[A-Za-z0-9_.~+/=-]{16,256}")
_RULE = "is not a secret: 16 to 256 letters, digits and _.~+/=-"


@record
class SecretInHeader(Kind):
    """The secret comes in ``header``, and the answer must repeat it there."""

    brings_secret: bool = True
    header: str

    def is_one(self, request: Request) -> bool:
        """Whether it is a call with this header."""
        return request.headers.get(self.header) is not None

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- required by Handshake
        """The secret, which must be stored first."""
        value = request.headers.get(self.header) or ""
        if not _SECRET.fullmatch(value):
            raise invalid(f"the header {self.header} {_RULE}")
        return Reply(headers=((self.header.lower(), value),), secret=value.encode())


@record
class SecretInMember(Kind):
    """The JSON body contains only the secret, under ``name``; the operator gives it back to the sender by hand."""

    brings_secret: bool = True
    name: str

    @property
    def members(self) -> tuple[Path, ...]:
        """The member with the secret."""
        return ((self.name,),)

    def is_one(self, request: Request) -> bool:
        """A body that holds this one member."""
        document = member(request) if self.name.encode() in request.body else None
        return isinstance(document, dict) and document.keys() == {self.name}

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:  # noqa: ARG002 -- required by Handshake
        """An empty answer, once the secret is stored."""
        value = member(request, self.name)
        if not isinstance(value, str) or not _SECRET.fullmatch(value):
            raise invalid(f"{self.name} of the body {_RULE}")
        return Reply(secret=value.encode())
