"""The audit log, filtered and page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.config.units import UnusableError
from hookline.dashboard.schema import BOOLEAN, COUNT, MOMENT, TEXT, listed, mapping, named, nullable, of
from hookline.errors import Rejected
from hookline.pipeline.documents import audit_document
from hookline.pipeline.find import read_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.dashboard.control_room import ControlRoom
    from hookline.ports.audit import AuditEntry

__all__ = ["AUDIT", "AUDIT_ENTRY", "PAGE", "WORDS", "audit"]

PAGE: Final = 50
_LOT: Final = 200
_MOST_LOOKED_AT: Final = 10_000
"""The most entries that are read for one page. If few of them match, the search continues with the next page."""

WORDS: Final = ("action", "subject", "actor", "text", "since", "until")

AUDIT_ENTRY: Final = of(
    id=TEXT,
    at=MOMENT,
    action=TEXT,
    subject=TEXT,
    actor=TEXT,
    reason=nullable(TEXT),
    affected=nullable(COUNT),
    details=mapping(TEXT),
)
AUDIT: Final = of(entries=listed(named("AuditEntry")), next=nullable(TEXT), looked_at_all=BOOLEAN)


def audit(
    room: ControlRoom, words: Mapping[str, str], *, limit: int = PAGE, before: str | None = None
) -> dict[str, object]:
    """A page of entries, the newest first; ``next`` is what ``before`` is for the next page, None at the end.

    ``action`` is a whole word; ``subject``, ``actor`` and ``text`` (in reason or details) may be parts. Raises Rejected.
    """
    fits = _filter(words, room)
    found: list[AuditEntry] = []
    last, looked_at = before, 0
    while looked_at < _MOST_LOOKED_AT:
        lot = room.audit.newest(limit=_LOT, before=last)
        for entry in lot:
            last, looked_at = entry.id, looked_at + 1
            if fits(entry):
                found.append(entry)
            if len(found) == limit:
                return _page(found, last)
        if len(lot) < _LOT:
            return _page(found, None)
    return _page(found, last)


def _page(found: list[AuditEntry], last: str | None) -> dict[str, object]:
    return {"entries": [audit_document(one) for one in found], "next": last, "looked_at_all": last is None}


def _filter(words: Mapping[str, str], room: ControlRoom) -> Callable[[AuditEntry], bool]:
    action, subject, actor, text = (words.get(name, "").strip().casefold() for name in WORDS[:4])
    try:
        since, until = (
            read_moment(words[name], room.now()) if words.get(name, "").strip() else None for name in WORDS[4:]
        )
    except UnusableError as error:
        raise Rejected("parameter_invalid", str(error)) from None

    def fits(entry: AuditEntry) -> bool:
        said = " ".join([entry.reason or "", entry.id, *entry.details.values()])
        return (
            action in ("", entry.action.casefold())
            and subject in entry.subject.casefold()
            and actor in entry.actor.casefold()
            and text in said.casefold()
            and (since is None or entry.at >= since)
            and (until is None or entry.at < until)
        )

    return fits
