"""Handshakes: calls that a sender makes before, between or instead of events, and the answers that it expects."""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import ip_network
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

from hookline.domain.address import is_in
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["TOKEN_NAME", "Agreed", "Armed", "Caller", "Handshake", "Reply"]

TOKEN_NAME = "arm"  # noqa: S105 -- a parameter's name, not a token
"""The name of the token in the query of an armed source's address."""

_LONGEST_QUERY = 4096


@record
class Reply:
    """The answer that a sender gets, and what must be done first.

    ``secret`` is a secret that came with the call: it is kept only while the operator expects one. ``fetch_url`` is a URL that the sender
    wants hookline to fetch.
    """

    status: int = 200
    body: bytes = b""
    media_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    secret: bytes | None = None
    fetch_url: str | None = None

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.body)} bytes)"  # challenges and secrets must not be logged


class Handshake(Protocol):
    """One kind of call that is not an event. It is pure: everything comes from the call and the secrets."""

    @property
    def method(self) -> str:
        """``GET``, ``HEAD``, ``OPTIONS`` or ``POST``."""
        ...

    @property
    def brings_secret(self) -> bool:
        """Whether the call brings the secret that will sign events."""
        ...

    @property
    def signs_text(self) -> bool:
        """Whether its answer signs any caller's text with the key of bodies: the source must then accept only JSON objects and arrays."""
        ...

    @property
    def is_signed(self) -> bool:
        """Whether the call must be verified, as every event is, before it is answered."""
        ...

    @property
    def members(self) -> tuple[Path, ...]:
        """The members of a JSON body that identify the call, and those that its answer uses."""
        ...

    def is_one(self, request: Request) -> bool:
        """Whether ``request``, whose method fits, is such a call. It must be fast, because it runs for every event."""
        ...

    def answer(self, request: Request, secrets: Sequence[Secret]) -> Reply:
        """The answer to the sender; raises Rejected with ``handshake_invalid`` for an invalid handshake."""
        ...


@record
class Agreed:
    """A handshake of one source, with the names of the secrets that its answers use."""

    handshake: Handshake
    secret_names: tuple[str, ...] = ()


@record
class Caller:
    """What is known of the caller of a handshake: the token in the query of the called address, and the address that it called from."""

    token: str = ""
    address: str = ""

    @classmethod
    def of(cls, request: Request, address: str) -> Caller:
        """The caller of ``request``, which came from ``address``."""
        if TOKEN_NAME not in request.query:
            return cls(address=address)
        pairs = dict(parse_qsl(request.query[:_LONGEST_QUERY]))
        return cls(token=pairs.get(TOKEN_NAME, ""), address=address)


@record
class Armed:
    """A source that may receive its secret until a certain moment, the name under which the secret will be stored, and who may bring it.

    ``token_digest`` is the SHA-256 of the token that the caller must know; ``networks`` are those that it must call from; either may be
    empty. If both are empty, every call is refused, because any caller could be the first.
    """

    source: str
    secret: str
    until: datetime
    token_digest: bytes = b""
    networks: tuple[str, ...] = ()

    def admits(self, caller: Caller) -> bool:
        """Whether this caller may bring the secret."""
        if not self.token_digest and not self.networks:
            return False
        digest = hashlib.sha256(caller.token.encode("utf-8", "surrogateescape")).digest()
        knows_token = not self.token_digest or hmac.compare_digest(digest, self.token_digest)
        return knows_token and (
            not self.networks or is_in(caller.address, [ip_network(one, strict=False) for one in self.networks])
        )
