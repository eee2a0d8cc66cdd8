"""The requests of ``receive`` to its home: what it must get before it can continue with a call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hookline.domain.secret import Secret
    from hookline.domain.source import Source

__all__ = ["Need", "PublicKey", "Read", "RestOfBody", "Slow", "SlowWork"]

Read: TypeAlias = "Callable[[Sequence[str]], Sequence[Secret]]"
"""Reads secrets by name."""


@record
class RestOfBody:
    """The whole body is needed; the head of the request is valid. The home reads at most what ``source`` accepts (``check_size``)."""

    source: Source


@record
class PublicKey:
    """The source is needed with the key that the call was signed with (``public_keys``); ``read`` reads secrets that are needed for it."""

    source: Source
    read: Read


class SlowWork(Enum):
    """Why an operation may take long."""

    LARGE_BODY = "large-bodies"
    HANDSHAKE = "handshakes"
    CONFIRMATION = "confirmations"


@dataclass(frozen=True, slots=True)
class Slow:
    """The result of ``work`` is needed, which may take long: a home that answers other calls meanwhile runs it on a thread."""

    kind: SlowWork
    work: Callable[[], object]


Need: TypeAlias = RestOfBody | PublicKey | Slow
