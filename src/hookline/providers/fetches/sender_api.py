"""What to request from a sender's API, and how to read its answer.

The hosts are fixed where the call is made (``adapters/local/fetches.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.domain.event import Json
    from hookline.domain.source import Extractor
    from hookline.domain.transaction import Transaction

__all__ = ["SenderApi"]


@record
class SenderApi:
    """One sender.

    ``find`` returns what to request for an event, such as ``payments/123``: a kind, and an id of which every character is checked; None if
    the event is complete. ``root`` is the part of the path before it. ``is_about`` checks whether an answer is about the requested record.
    ``movements`` reads records from an answer and from an event's own metadata, the latest last, and never raises; empty if the answer is
    not as documented. The secret is sent as ``Authorization: Bearer``.
    """

    find: Extractor
    root: str
    is_about: Callable[[Json, str], bool]
    movements: Callable[[Json, Mapping[str, str]], Sequence[Transaction]]
    headers: Mapping[str, str]
    places: tuple[str, ...] = ("live",)
    documentation: str
