"""Which secrets are still in use: those that the configuration names, and those that verified events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.canary import CANARY
from hookline.domain.moment import moment_text
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.config import Config
    from hookline.ports.event_store import SecretUse

__all__ = ["UsedSecret", "used_secrets"]


@record
class UsedSecret:
    """A secret of a source, whether hookline.toml names it, and how many of the stored events it verified."""

    source: str
    secret: str
    named: bool
    last_used_at: datetime | None
    events: int

    def as_row(self) -> tuple[object, ...]:
        """A row for a person: source, secret, last use, events, and whether it is still named."""
        used = self.last_used_at or "by no stored event"
        return self.source, self.secret, used, self.events, "" if self.named else "no longer named"

    def as_document(self) -> dict[str, object]:
        """The uses as a document for a program."""
        return {
            "source": self.source,
            "secret": self.secret,
            "named": self.named,
            "last_used_at": moment_text(self.last_used_at),
            "events": self.events,
        }


def used_secrets(config: Config, uses: Sequence[SecretUse]) -> list[UsedSecret]:
    """Every secret that is named or was used, the named ones first.

    The secret of the canary is left out: hookline creates it itself, and nobody rotates it.
    """
    by_place = {(use.source, use.secret): use for use in uses if use.source != CANARY}
    named = [(one.name, name) for one in config.sources if one.name != CANARY for name in one.secret_names]
    found = []
    for place in dict.fromkeys((*named, *by_place)):
        use = by_place.get(place)
        found.append(
            UsedSecret(
                source=place[0],
                secret=place[1],
                named=place in named,
                last_used_at=use.last_received_at if use else None,
                events=use.events if use else 0,
            )
        )
    return found
