"""Calls that a sender makes before, between or instead of events, and what it wants to hear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.source import Secret

__all__ = ["Agreed", "Armed", "Handshake", "Reply"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a sender is told, and what has to be done before it is told.

    ``arrived`` is a secret that came with the call: it is kept only while the operator expects one. ``visit`` is a URL that the
    sender wants to see fetched.
    """

    status: int = 200
    body: bytes = b""
    media_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    arrived: bytes | None = None
    visit: str | None = None

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.body)} bytes)"  # challenges and secrets stay out of logs


class Handshake(Protocol):
    """One kind of call that is no event. Pure: what it is made from is the call, and secrets."""

    @property
    def method(self) -> str:
        """``GET``, ``HEAD`` or ``POST``."""
        ...

    @property
    def is_signed(self) -> bool:
        """Whether the call must prove its sender, as every event does, before it is answered."""
        ...

    @property
    def members(self) -> tuple[Path, ...]:
        """The members of a JSON body that it is known by and answered with."""
        ...

    def is_one(self, request: Request) -> bool:
        """Whether ``request``, whose method fits, is such a call. Cheap, since every event is asked."""
        ...

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """What its sender is told, or Rejected: ``handshake_invalid`` for a call that no such sender makes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A handshake as one source answers it, with the names of the secrets that it is answered with."""

    handshake: Handshake
    secret_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """A source that may bring its secret until a moment, and the name that it will be kept under."""

    source: str
    secret: str
    until: datetime
