"""Reads ``[queues.NAME]``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.config.keys import FIFO_KEYS, KEYS, NAME, NAME_RULE
from hookline.config.reader import read_named, read_table
from hookline.config.units import duration, duration_text, whole
from hookline.domain.fifo import Fifo
from hookline.domain.queue import DEAD_LETTER_INFIX, DEAD_LETTER_SUFFIX, QUEUE_INFIX, UNROUTED, Queue, short_name

if TYPE_CHECKING:
    from hookline.config.reader import Place, Table

__all__ = ["check_retention", "read_queues", "with_unrouted"]

_MAX_RECEIVES = whole(1, 1000)
_VISIBILITY = duration(timedelta(0), timedelta(hours=12))
_RETENTION = duration(timedelta(minutes=1), timedelta(days=14))
_DEFAULT = Queue(name=UNROUTED)


def read_queues(place: Place, value: object) -> list[tuple[Queue, Table]]:
    """Every queue with its table, in the order of the file."""
    if value == {}:
        place.complain("at least one queue is needed: write a table [queues.NAME]")
    found = []
    for name, inner, written in read_named(place, value, NAME.fullmatch, NAME_RULE):
        if name.endswith(DEAD_LETTER_SUFFIX):
            inner.complain(
                f"names that end in {DEAD_LETTER_SUFFIX} are reserved: every queue X has its dead-letter queue X{DEAD_LETTER_SUFFIX}"
            )
        table = read_table(inner, written, KEYS["queues"])
        queue = _queue(table, name)
        _check_visibility(table, queue)
        found.append((queue, table))
    _check_names(place, {UNROUTED, *(queue.name for queue, _ in found)})
    return found


def _check_names(place: Place, names: set[str]) -> None:
    """Complain of a name that another queue has on AWS, because consumers may use it for that queue."""
    for name in sorted(names):
        other = (short_name(name) or "").removesuffix(DEAD_LETTER_SUFFIX)
        if other in names:
            place.at(name).complain(
                f"is a name of the queue {other} on AWS, where consumers find it as "
                f"{other}{QUEUE_INFIX}ENVIRONMENT and {other}{DEAD_LETTER_INFIX}ENVIRONMENT: choose another name"
            )


def _check_visibility(table: Table, queue: Queue) -> None:
    """Complain if a message would be removed before it could be received again."""
    if queue.visibility_timeout >= queue.retention:
        table.at("visibility_timeout" if table.has("visibility_timeout") else "retention").complain(
            f"a received message is hidden for {duration_text(queue.visibility_timeout)} and kept for "
            f"{duration_text(queue.retention)}: after a failure of its consumer it would never be received again"
        )


def _queue(table: Table, name: str) -> Queue:
    return Queue(
        name=name,
        max_receives=table.read("max_receives", _MAX_RECEIVES, _DEFAULT.max_receives),
        visibility_timeout=table.read("visibility_timeout", _VISIBILITY, _DEFAULT.visibility_timeout),
        retention=table.read("retention", _RETENTION, _DEFAULT.retention),
        dead_letter_retention=table.read("dead_letter_retention", _RETENTION, _DEFAULT.dead_letter_retention),
        fifo=_fifo(table),
    )


def _fifo(table: Table) -> Fifo | None:
    """The settings in ``fifo``; None for a standard queue."""
    if not table.has("fifo"):
        return None
    inner = read_table(table.at("fifo"), table.values["fifo"], FIFO_KEYS)
    group = inner.read("group", _group, None)
    if isinstance(table.values["fifo"], dict) and not inner.has("group"):
        inner.at("group").complain('write what defines its groups, such as fifo = { group = "data.customer_id" }')
    return None if group is None else Fifo(group=group)


def _group(value: object) -> str:
    from hookline.config.groups import group_expression  # noqa: PLC0415 -- few queues are FIFO, and every cold start would load it

    group_expression(value)
    return str(value)


def check_retention(queues: list[tuple[Queue, Table]], event_retention: timedelta) -> None:
    """Complain of messages that would be kept longer than their events."""
    for queue, table in queues:
        for key, retention in (("retention", queue.retention), ("dead_letter_retention", queue.dead_letter_retention)):
            if retention > event_retention:
                table.at(key).complain(
                    f"is {duration_text(retention)}{'' if table.has(key) else ' by default'}, longer than events "
                    f"are kept (retention under [events], {duration_text(event_retention)})"
                )


def with_unrouted(queues: list[Queue], event_retention: timedelta) -> tuple[Queue, ...]:
    """The queues, and ``unrouted`` if it was not declared, which keeps nothing longer than events are kept."""
    if any(queue.name == UNROUTED for queue in queues):
        return tuple(queues)
    unrouted = Queue(
        name=UNROUTED,
        retention=min(_DEFAULT.retention, event_retention),
        dead_letter_retention=min(_DEFAULT.dead_letter_retention, event_retention),
    )
    return (*queues, unrouted)
