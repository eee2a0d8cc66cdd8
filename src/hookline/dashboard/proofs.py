"""Finds credentials in a request by their names, such as signatures, tokens and passwords, and hides them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hookline.domain.request import Headers

__all__ = ["is_proof", "query_without_proofs", "without_proofs"]

_PROOF: Final = re.compile(r"auth|cookie|hmac|key|pass|secret|sign|token")


def is_proof(name: str) -> bool:
    """Whether the value of a header or parameter with this name is a credential."""
    return _PROOF.search(name.lower()) is not None


def without_proofs(headers: Headers, mask: str) -> Headers:
    """The headers with ``mask`` instead of credentials."""
    shown = ((name, mask if is_proof(name) else value) for name, value in headers.items())
    return type(headers)((name.encode("latin-1"), value.encode("latin-1")) for name, value in shown)


def query_without_proofs(query: str, mask: str) -> str:
    """The query string with ``mask`` instead of credentials; the rest is unchanged."""
    parts = (part.partition("=") for part in query.split("&"))
    return "&".join(f"{name}{sign}{mask if sign and is_proof(name) else value}" for name, sign, value in parts)
