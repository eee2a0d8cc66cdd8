"""Stores claims as rows.

An event's own id is written here only when the event expires: until then the event's row is the claim. Its other claims are written
when the event is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import micros
from hookline.domain.claim import DIGEST_BYTES, ClaimKind, claim_key
from hookline.domain.verdict import Held

if TYPE_CHECKING:
    from collections.abc import Iterable

    import apsw

    from hookline.adapters.sqlite.query import Row
    from hookline.domain.event import Event

__all__ = ["claims_held", "known_until", "remember_expired", "write_claims"]

_HELD = "SELECT event, body_sha256 FROM claims WHERE key = ? AND until > ?"
_WRITE = """
INSERT INTO claims (key, until, event, body_sha256) VALUES (?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET until = excluded.until, event = excluded.event, body_sha256 = excluded.body_sha256
WHERE until <= ?
"""


def claims_held(cursor: apsw.Cursor, event: Event, now: int) -> list[Held]:
    """The claims of ``event`` that other events hold, from one indexed look-up for each."""
    held = []
    for claim in event.claims:
        row = cursor.execute(_HELD, (claim.key, now)).fetchone()
        if row is not None:
            holder, digest = row
            same_body = digest == event.body_sha256[:DIGEST_BYTES]
            held.append(Held(claim=claim, holder=holder or event.id, same_body=same_body))
    return held


def write_claims(cursor: apsw.Cursor, event: Event, now: int) -> None:
    """Store the free claims of ``event``, except its own id."""
    digest = event.body_sha256[:DIGEST_BYTES]
    for claim in event.claims:
        if claim.kind is not ClaimKind.KNOWN:
            cursor.execute(_WRITE, (claim.key, micros(claim.until), event.id, digest, now))


def known_until(event: Event) -> int | None:
    """Until when the id stays known, if that may be longer than the event is kept."""
    return next((micros(claim.until) for claim in event.claims if claim.kind is ClaimKind.KNOWN), None)


def remember_expired(connection: apsw.Connection, expired: Iterable[Row], now: int) -> None:
    """Store the ids of removed events that stay known for longer: rows of id, digest and end."""
    rows = [
        (claim_key(ClaimKind.KNOWN, id_.partition(":")[0], id_.encode()), until, None, digest[:DIGEST_BYTES], now)
        for id_, digest, until in expired
        if until is not None and until > now
    ]
    connection.executemany(_WRITE, rows)
