"""Upgrades a file of an older version, and reports what was done."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.event_index import seal_backlog
from hookline.adapters.sqlite.schema import SCHEMA_VERSION, migrate
from hookline.record import record

if TYPE_CHECKING:
    import apsw

__all__ = ["Upgrade", "upgrade"]


@record
class Upgrade:
    """An upgrade: the versions of the schema, how many events were indexed again, and how many seconds it took."""

    before: int
    after: int
    events: int
    seconds: float


def upgrade(connection: apsw.Connection, name: str, *, segment: int) -> Upgrade | None:
    """Upgrade the file to this code's version; None where it already has this version.

    If the process is killed meanwhile, no data is lost, and the next process continues. Raises as ``migrate`` does.
    """
    began = monotonic()
    before = migrate(connection, name)
    events = seal_backlog(connection, segment)
    if before in {0, SCHEMA_VERSION} and not events:
        return None
    return Upgrade(before=before, after=SCHEMA_VERSION, events=events, seconds=monotonic() - began)
