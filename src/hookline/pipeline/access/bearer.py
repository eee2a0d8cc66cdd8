"""The token with which a scraper reads metrics (RFC 6750)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from hookline.domain.access import Principal, Right
from hookline.errors import Rejected

if TYPE_CHECKING:
    from hookline.pipeline.access.sigv4 import Head

__all__ = ["SCRAPER", "is_bearer", "principal_by_token"]

SCRAPER: Final = Principal(key_id="metrics_token", rights=frozenset({Right.VIEW}), queues=frozenset())
"""The principal that proves ``[server] metrics_token``: it may read metrics, and nothing else."""

_SCHEME: Final = "bearer "


def is_bearer(authorization: str) -> bool:
    """Whether an Authorization header has a token."""
    return authorization[: len(_SCHEME)].lower() == _SCHEME


def principal_by_token(head: Head, token: bytes) -> Principal:
    """The scraper's principal, if the Authorization header has its token. Raises Rejected.

    The comparison takes the same time for every wrong token.
    """
    authorization = head.values(b"authorization")
    if not authorization:
        raise Rejected("credentials_missing", "metrics need a token: Authorization: Bearer TOKEN")
    if len(authorization) > 1 or not is_bearer(authorization[0].decode("latin-1")):
        raise Rejected(
            "credentials_incomplete", "there must be one Authorization header, and it must begin with Bearer"
        )
    if not hmac.compare_digest(authorization[0][len(_SCHEME) :].strip(), token):
        raise Rejected("credentials_mismatch", "the token does not match the one that [server] metrics_token names")
    return SCRAPER
