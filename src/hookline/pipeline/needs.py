"""What a call's journey needs of its home before it can go on."""

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
    """The whole body is needed; its head is good. It is read no further than ``source`` takes (``check_size``)."""

    source: Source


@record
class PublicKey:
    """The source is needed with the key that the call was signed with (``public_keys``); ``read`` reads secrets to ask for it with."""

    source: Source
    read: Read


class SlowWork(Enum):
    """Why a piece of work may take long."""

    LARGE_BODY = "large-bodies"
    HANDSHAKE = "handshakes"
    CONFIRMATION = "confirmations"


@dataclass(frozen=True, slots=True)
class Slow:
    """The result of ``work`` is needed, which may take long: a home that answers others meanwhile runs it on a thread."""

    kind: SlowWork
    work: Callable[[], object]


Need: TypeAlias = RestOfBody | PublicKey | Slow
