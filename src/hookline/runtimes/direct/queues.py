"""``hookline queues`` on a data directory or on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config.units import UnusableError
from hookline.dashboard.actions.pace import redrive_at
from hookline.domain.counted import counted
from hookline.errors import OperatorError
from hookline.pipeline.documents import message_document, queue_document, queue_row
from hookline.pipeline.message_lines import message_lines
from hookline.pipeline.queue_changes import acknowledge, move_all, move_document, move_text, purge
from hookline.pipeline.queue_choice import chosen
from hookline.pipeline.redrive import RedriveRequest, has_dead_letters
from hookline.pipeline.redrive_plan import (
    purge_document,
    purge_fields,
    redrive_document,
    redrive_fields,
    redriven_lines,
)
from hookline.pipeline.shown import Lines, Shown, listed
from hookline.runtimes.aws_lambda.wiring.commands import open_queue_listing
from hookline.runtimes.aws_lambda.wiring.queues import open_queue_actions
from hookline.runtimes.embedded.wiring.commands import queue_actions
from hookline.runtimes.talk import NOT_MOVED, Change, asked_move, carry_out

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from datetime import timedelta

    from hookline.domain.message import Delivery
    from hookline.pipeline.redrive import Progress
    from hookline.runtimes.opened import Where
    from hookline.runtimes.queue_actions import QueueActions
    from hookline.runtimes.talk import Asked, Talk

__all__ = ["list_queues", "move_messages", "peek_queue", "purge_queue", "receive_messages", "redrive_queue"]

_LOST = (
    "warning: {} is not in hookline.toml; consume its messages or move them (`hookline queues move`), or they expire"
)


def list_queues(*, place: Where, names: Collection[str] = ()) -> Shown:
    """``hookline queues list``. Raises NotFoundError if there is no queue of one of the ``names``."""
    with place.open(lambda home: home.queue_listing, open_queue_listing) as listing:
        found = chosen(listing.listed(), names, name_of=lambda one: one.queue.name)
    columns = ("queue", "visible", "in flight", "delayed", "oldest", "dead letters", "paused")
    notes = [_LOST.format(one.queue.name) for one in found if not one.configured]
    return listed(columns, map(queue_row, found), map(queue_document, found), notes=notes)


def peek_queue(*, place: Where, queue: str, limit: int, counts_as_receive: bool) -> Shown:
    """``hookline queues peek``. Raises UnusableError."""
    with _opened(place, queue) as actions:
        if place.environment and not (counts_as_receive or has_dead_letters(queue, actions.whole)):
            raise UnusableError(f"on AWS a look at {queue} counts as a receive: add --counts-as-receive")
        return _messages(actions.peek(queue, limit))


def receive_messages(
    talk: Talk, *, place: Where, queue: str, most: int, wait: timedelta, visibility: timedelta, ack: bool
) -> None:
    """``hookline queues receive``. With ``ack`` messages are deleted after they were shown: if showing fails, they stay."""
    with _opened(place, queue) as actions:
        found = actions.queues.receive(queue, max_messages=most, visibility_timeout=visibility, wait=wait)
        talk.show(_messages(found))
        late = acknowledge(actions.queues, queue, found) if ack else 0
    if late:
        said = f"{late} of {len(found)} messages were not deleted: their visibility had ended"
        raise OperatorError("acknowledged_too_late", said)


def redrive_queue(
    talk: Talk, *, place: Where, queue: str, asked: Asked, most: int | None, rate: float | None, where: str | None
) -> None:
    """``hookline queues redrive``."""
    with _opened(place, queue) as actions:
        request = RedriveRequest.of(queue, most=most, rate=rate, where=where, whole=actions.whole)
        plan = actions.redrive.plan(request)

        def result(done: Progress | None) -> Shown:
            lines = [] if done is None else redriven_lines(request, done)
            return Shown(document=redrive_document(request, plan, done), parts=lines)

        change = Change(
            fields=redrive_fields(request, plan),
            question="Put them back?",
            work=lambda run, advance: redrive_at(actions.redrive, request, run, advance),
            result=result,
            total=plan.matched,
            doing="moving",
        )
        carry_out(change, asked, talk)


def purge_queue(talk: Talk, *, place: Where, queue: str, asked: Asked) -> None:
    """``hookline queues purge``."""
    with _opened(place, queue) as actions:
        depth = actions.queues.depth(queue)

        def result(removed: int | None) -> Shown:
            lines = [] if removed is None else [f"removed {counted(removed, 'message')} from {queue}"]
            return Shown(document={"plan": purge_document(queue, depth), "removed": removed}, parts=lines)

        change = Change(
            fields=purge_fields(queue, depth),
            question="Remove them all?",
            must_ask=True,
            work=lambda run, _advance: purge(actions.queues, actions.audit, queue, run),
            result=result,
        )
        carry_out(change, asked, talk)


def move_messages(talk: Talk, *, place: Where, queue: str, to: str, yes: bool, reason: str | None) -> None:
    """``hookline queues move``. Raises UnusableError."""
    asked = asked_move(queue, to, yes=yes, reason=reason)
    with _opened(place, queue, to) as actions:
        plan = actions.moves.movable(queue, to)

        def result(moved: int | None) -> Shown:
            document, text = move_document(queue, to, plan, moved), move_text(queue, to, plan, moved)
            return Shown(document=document, parts=[text], notes=[] if yes else [NOT_MOVED])

        change = Change(
            work=lambda run, _advance: move_all(actions.moves, actions.audit, queue, to, run), result=result
        )
        carry_out(change, asked, talk)


def _opened(place: Where, *handled: str) -> AbstractContextManager[QueueActions]:
    """The actions on queues of this place; ``handled`` are their names."""
    return place.open(queue_actions, lambda name: open_queue_actions(name, *handled))


def _messages(found: Sequence[Delivery]) -> Shown:
    """The messages, with their bodies."""
    parts: list[Lines | str] = []
    for one in found:
        parts += [Lines(lines=message_lines(one)), f"  {one.body}"]
    return Shown(document=[message_document(one) for one in found], parts=parts, notes=[] if found else ["no messages"])
