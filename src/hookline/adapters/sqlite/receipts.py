"""Deletes the message of a receipt, or hides it for longer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import span
from hookline.adapters.sqlite.fifo_groups import refresh_group
from hookline.adapters.sqlite.query import first
from hookline.domain.queue import LONGEST_VISIBILITY_TIMEOUT
from hookline.domain.receipt import opened
from hookline.ports.queues import ReceiptResult

if TYPE_CHECKING:
    import apsw

    from hookline.adapters.sqlite.queue_table import QueueRow

__all__ = ["changed", "deleted", "extended", "read_receipt"]

_RECEIPT = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{1,15})")
_DELETE = "DELETE FROM messages WHERE id = ? AND queue = ? AND receipt = ? AND sent_at > ?"
_EXTEND = """
UPDATE messages SET visible_at = ?1
WHERE id = ?2 AND queue = ?3 AND receipt = ?4 AND visible_at > ?5 AND sent_at > ?6 AND coalesce(last_received_at, ?5) >= ?7
"""
_STILL_HELD = "SELECT visible_at FROM messages WHERE id = ? AND queue = ? AND receipt = ? AND sent_at > ?"
_OVER = f"{_STILL_HELD} AND visible_at <= ?"


def deleted(connection: apsw.Connection, row: QueueRow, receipt: str, times: tuple[int, int]) -> ReceiptResult:
    """Delete the message of a receipt of this queue; ``times`` are now, and the time before which messages have expired."""
    if (named := read_receipt(row, receipt)) is None:
        return ReceiptResult.UNKNOWN
    (id_, nonce), (now, cutoff) = named, times
    if row.fifo is not None and first(connection, _OVER, (id_, row.id, nonce, cutoff, now)) is not None:
        return ReceiptResult.VISIBLE
    return ReceiptResult.DONE if changed(connection, _DELETE, (id_, row.id, nonce, cutoff)) else ReceiptResult.GONE


def extended(connection: apsw.Connection, row: QueueRow, receipt: str, times: tuple[int, int, int]) -> ReceiptResult:
    """Change when the message becomes visible again; ``times`` are that time, now, and the time before which messages have expired."""
    if (named := read_receipt(row, receipt)) is None:
        return ReceiptResult.UNKNOWN
    (id_, nonce), (until, now, kept_since) = named, times
    earliest = until - span(LONGEST_VISIBILITY_TIMEOUT)
    if changed(connection, _EXTEND, (until, id_, row.id, nonce, now, kept_since, earliest)):
        if row.fifo is not None:
            refresh_group(connection, row.id, id_)
        return ReceiptResult.DONE
    held = first(connection, _STILL_HELD, (id_, row.id, nonce, kept_since))
    if held is None:
        return ReceiptResult.GONE
    return ReceiptResult.TOO_LONG if held[0] > now else ReceiptResult.VISIBLE


def read_receipt(row: QueueRow, receipt: str) -> tuple[int, int] | None:
    """The numbers of the message and the receive in a receipt of this queue; None for any other text."""
    written = _RECEIPT.fullmatch(opened(row.name, receipt) or "")
    return (int(written[1]), int(written[2], 16)) if written else None


def changed(connection: apsw.Connection, statement: str, values: tuple[object, ...]) -> bool:
    """Whether the last statement changed a row."""
    connection.execute(statement, values)
    return connection.changes() > 0
