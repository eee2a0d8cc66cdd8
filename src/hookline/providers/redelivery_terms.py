"""Units of time, sets of statuses, and the schedules that are assumed where a sender's page names no pauses."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hookline.providers.redelivery import Redelivery

__all__ = [
    "ADYEN",
    "CLIENT_ERRORS",
    "DAY",
    "GONE",
    "HOUR",
    "MINUTE",
    "NOT_SERVER_ERRORS",
    "OK",
    "PAYMONGO",
    "RECHARGE",
    "SVIX",
    "UNSAID",
    "doubling",
    "growing",
]

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86_400.0
OK: Final = frozenset({200})
GONE: Final = frozenset({410})
CLIENT_ERRORS: Final = frozenset(range(400, 500))
NOT_SERVER_ERRORS: Final = frozenset(range(300, 500))
UNSAID: Final = 4 * HOUR
"""The total that is assumed where a page has none: the shortest total of other senders with growing pauses."""


def growing(total: float = UNSAID, *, disables: str = "", at_end: bool = False) -> Redelivery:
    """Assumed: pauses that double from a minute up to four hours, within ``total``."""
    waits = tuple(MINUTE * 2**number for number in range(8))
    return Redelivery(
        waits=waits, every=4 * HOUR, total=total, disables=disables, disables_at_end=at_end, documented=False
    )


def doubling(count: int, total: float) -> Redelivery:
    """Assumed: this number of pauses, each twice as long as the one before; the last ends after ``total``."""
    first = total / (2**count - 1)
    waits = tuple(float(round(first * 2**number)) for number in range(count))
    return Redelivery(waits=waits, documented=False)


SVIX = Redelivery(
    waits=(5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR),
    deadline=15,
    disables="after 5 days in which every try failed the endpoint is disabled",
    source="https://docs.svix.com/retries",
)
ADYEN = Redelivery(
    waits=(9, 9, 9, 120, 300, 600, 900, 1800, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR),
    every=8 * HOUR,
    total=30 * DAY,
    signs_anew=False,
    source="https://docs.adyen.com/development-resources/webhooks/troubleshoot",
)
PAYMONGO = replace(
    doubling(12, 136.5 * MINUTE), disables="after three events in a row that failed each time the webhook is disabled"
)
RECHARGE = replace(
    growing(2 * DAY, disables="after 20 failures in 48 hours the subscription is deleted", at_end=True), success=OK
)
