"""The claims of an event in addition to its id, by what its source remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.claim import Claim, ClaimKind, claim_key

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.domain.claim import Remembering
    from hookline.domain.source import Verified

__all__ = ["claims_of"]


def claims_of(
    remembering: Remembering,
    source: str,
    *,
    event_id: str,
    body_sha256: bytes,
    verified: Verified,
    received_at: datetime,
) -> tuple[Claim, ...]:
    """The claims, in the order in which they are judged."""
    wanted = (
        (ClaimKind.KNOWN, remembering.ids, event_id.encode()),
        (ClaimKind.SIGNED, remembering.signed, (verified.once or "").encode("utf-8", "surrogatepass")),
        (ClaimKind.BODY, remembering.bodies, verified.content or body_sha256),
    )
    return tuple(
        Claim(
            kind=kind,
            key=claim_key(kind, source, value),
            until=received_at + duration,
            if_repeated=remembering.if_repeated,
        )
        for kind, duration, value in wanted
        if duration is not None and value
    )
