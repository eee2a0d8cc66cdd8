"""What a source remembers about its events, which depends on what its sender signs; computed when the configuration is loaded."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.config.reader import one_of
from hookline.config.units import duration
from hookline.domain.claim import IfRepeated, Remembering
from hookline.providers.coverage import IdPlace, id_places, is_in_header, is_in_json, window_of
from hookline.providers.provider import Proves
from hookline.record import record

if TYPE_CHECKING:
    from hookline.config.reader import Table
    from hookline.providers.provider import Provider
    from hookline.providers.scheme import Scheme

__all__ = ["EVENT_RETENTION", "Finding", "Keeping", "read_max_age", "remembering_of"]

EVENT_RETENTION = duration(timedelta(minutes=1), timedelta(days=3650))
_MAX_AGE = duration(timedelta(seconds=1), timedelta(days=3650))
_IF_REPEATED = one_of((IfRepeated.ACCEPT.value, IfRepeated.SET_ASIDE.value))
_HASH = "content-hash"


@record
class Keeping:
    """How long delivered events are kept, and how long the digests of events whose senders do not sign a time.

    Ids are remembered for at least ``known``, even if the events are kept for less: a shorter retention is about bodies, not about
    duplicates.
    """

    retention: timedelta
    dedupe: timedelta
    known: timedelta = timedelta(0)


@record
class Finding:
    """The expressions with which a source finds id, type and time; None where it has none, or where verification finds the id."""

    id: str | None
    type: str | None
    time: str | None

    @property
    def hashes_type(self) -> bool:
        """Whether a digest that is used as the id must cover the type too, because the type is outside the body."""
        return is_in_header(self.type)

    @property
    def is_free(self) -> bool:
        """Whether the id is a digest that changes with a header."""
        return self.hashes_type and self.id is not None and self.id.endswith(_HASH)

    @property
    def looks_into_json(self) -> bool:
        """Whether any of the values is found in a JSON body."""
        return any(is_in_json(one) for one in (self.id, self.type, self.time))


def read_max_age(table: Table, provider: Provider, finding: Finding) -> timedelta | None:
    """The age limit of a signed time; complains if no time is signed."""
    found = table.read("max_age", _MAX_AGE, provider.max_age)
    is_signed = bool(provider.signed_time) or (provider.proves is Proves.BODY and is_in_json(finding.time))
    if table.has("max_age") and not is_signed:
        table.at("max_age").complain("needs a time that the signature covers: `time` must be found in a signed body")
        return None
    return found


def remembering_of(
    table: Table, provider: Provider, scheme: Scheme, finding: Finding, *, keeping: Keeping, max_age: timedelta | None
) -> Remembering | None:
    """What to remember; None where a repeated call could only be compared with the event itself, while that is kept."""
    places = id_places(provider, scheme, finding.id)
    has_free_id = provider.proves is not Proves.NOTHING and (IdPlace.HEADER in places or finding.is_free)
    chosen = table.read("repeated_body", lambda value: IfRepeated(_IF_REPEATED(value)), None)
    if chosen is not None and not has_free_id:
        table.at("repeated_body").complain("has no effect here: a repeated call of this source always has the same id")
    window = window_of(scheme, max_age)
    known_for = keeping.dedupe if window is None else window
    is_proved = provider.proves is not Proves.NOTHING and not has_free_id
    id_known_for = max(known_for, keeping.known) if is_proved else keeping.known
    found = Remembering(
        ids=id_known_for if IdPlace.EACH_CALL not in places and id_known_for > keeping.retention else None,
        signed=window if provider.once else None,
        bodies=known_for if has_free_id and known_for else None,
        if_repeated=chosen or (IfRepeated.DUPLICATE if provider.unique_body else IfRepeated.ACCEPT),
    )
    return None if found.ids is found.signed is found.bodies is None else found
