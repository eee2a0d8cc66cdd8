"""Stores the pauses of queues and sources in one item of the table, which functions read every few seconds.

================ ==== ===================================================================================================
attribute        type
================ ==== ===================================================================================================
``event_id``     S    ``#pauses``; a source's name never begins with ``#``
``queue/NAME``   M    and ``source/NAME``: ``state``, ``actor`` and ``reason`` (S), ``since`` (N, microseconds since 1970)
================ ==== ===================================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.codec import from_micros, micros
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.names import PAUSES_KEY, TABLE_KEY
from hookline.domain.pause import Pause, Paused, PauseState

if TYPE_CHECKING:
    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.queue_gates import QueueGates

__all__ = ["DynamoPauses"]

_KEY = {TABLE_KEY: {"S": PAUSES_KEY}}


class DynamoPauses:
    """Pauses over one table. ``gates`` closes and opens the queues; None where pauses are only read."""

    def __init__(self, client: LazyClient, *, table: str, gates: QueueGates | None = None) -> None:
        self._client = opened(client)
        self._table = table
        self._gates = gates

    def put(self, pause: Pause) -> None:
        """Store the pause, then close the queue's gate. After a kill in between, the pause is listed, and the same command finishes it."""
        is_queue = pause.kind is Paused.QUEUE and self._gates is not None
        if is_queue and self._gates is not None:
            self._gates.check(pause.name)
        self._update(f"{pause.kind}/{pause.name}", "SET #pause = :pause", {":pause": {"M": _written(pause)}})
        if is_queue and self._gates is not None:
            self._gates.close(pause.name)

    def remove(self, kind: Paused, name: str) -> bool:
        """Open the queue's gate, then remove the pause."""
        if kind is Paused.QUEUE and self._gates is not None:
            self._gates.open(name)
        return bool(self._update(f"{kind}/{name}", "REMOVE #pause", {}))

    def all(self) -> list[Pause]:
        """All pauses, queues first, by name, from one read of one item."""
        with translated():
            answer = self._client().get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)
        item = answer.get("Item", {})
        return [_read(name, item[name]["M"]) for name in sorted(item) if name != TABLE_KEY]

    def _update(self, name: str, expression: str, values: dict[str, Any]) -> dict[str, Any]:
        """Update the item; returns the previous value of the attribute."""
        more = {"ExpressionAttributeValues": values} if values else {}
        with translated():
            answer = self._client().update_item(
                TableName=self._table,
                Key=_KEY,
                UpdateExpression=expression,
                ExpressionAttributeNames={"#pause": name},
                ReturnValues="UPDATED_OLD",
                **more,
            )
        old: dict[str, Any] = answer.get("Attributes", {})
        return old


def _written(pause: Pause) -> dict[str, Any]:
    written: dict[str, Any] = {
        "state": {"S": pause.state.value},
        "actor": {"S": pause.actor},
        "since": {"N": str(micros(pause.since))},
    }
    return written | ({} if pause.reason is None else {"reason": {"S": pause.reason}})


def _read(name: str, written: dict[str, Any]) -> Pause:
    kind, _, subject = name.partition("/")
    return Pause(
        kind=Paused(kind),
        name=subject,
        state=PauseState(written["state"]["S"]),
        since=from_micros(int(written["since"]["N"])),
        actor=written["actor"]["S"],
        reason=written["reason"]["S"] if "reason" in written else None,
    )
