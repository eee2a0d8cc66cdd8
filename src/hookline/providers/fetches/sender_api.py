"""What a sender's API is asked, and how its answer is read. The hosts are pinned where the call is made (``adapters/local/fetches.py``)."""

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

    ``find`` finds what an event needs, such as ``payments/123``: a kind, and an id of which every character is checked; None where it needs
    nothing. ``root`` stands before it in the path. ``is_about`` looks whether an answer is about the thing that was asked for.
    ``movements`` makes the records of an answer and of an event's own metadata, the latest last, and never raises; none where it is not as
    documented. The secret goes into ``Authorization: Bearer``.
    """

    find: Extractor
    root: str
    is_about: Callable[[Json, str], bool]
    movements: Callable[[Json, Mapping[str, str]], Sequence[Transaction]]
    headers: Mapping[str, str]
    places: tuple[str, ...] = ("live",)
    documentation: str
