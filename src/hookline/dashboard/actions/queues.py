"""The actions on queues: put dead letters back, move and remove messages, pause and resume."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.dashboard.actions.action import Action, Field, Plan, Result
from hookline.dashboard.actions.pace import redrive_at
from hookline.dashboard.actions.words import choices, whole_number
from hookline.domain.access import Right
from hookline.domain.counted import counted
from hookline.domain.pause import Paused
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import NotFoundError
from hookline.pipeline.queue_changes import move_all, move_document, move_text, purge, standing
from hookline.pipeline.redrive import RedriveRequest, has_dead_letters
from hookline.pipeline.redrive_plan import (
    purge_document,
    purge_fields,
    redrive_document,
    redrive_fields,
    redriven_lines,
)

if TYPE_CHECKING:
    from hookline.dashboard.actions.action import Advance, Words
    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.pause import Pause
    from hookline.pipeline.audited import Run

__all__ = ["MOVE", "PAUSE_QUEUE", "PURGE", "REDRIVE", "RESUME_QUEUE"]


def _back(words: Words) -> str:
    return f"/queues/{words['queue']}"


def _redrive_request(room: ControlRoom, words: Words) -> RedriveRequest:
    queue = words["queue"]
    request = RedriveRequest.of(
        queue,
        most=whole_number(words, "max", most=1_000_000),
        where=words.get("where", "").strip() or None,
        rate=whole_number(words, "rate", most=100_000),
        whole=room.whole,
    )
    room.check(Right.OPERATE, request.letters)
    return request


def _plan_redrive(room: ControlRoom, words: Words) -> Plan:
    request = _redrive_request(room, words)
    plan = room.redrive(words["queue"]).plan(request)
    return Plan(
        heading=f"Put dead letters of {request.queue} back",
        question=f"Put {counted(plan.matched, 'message')} back on {request.queue}?",
        verb="Put them back",
        facts=choices(redrive_fields(request, plan)),
        notes=("Each becomes a new message that was never received. Other queues of its event get no message.",),
        fields=(
            Field(name="max", label="At most", kind="number", value=words.get("max", ""), hint="Empty: all of them"),
            Field(name="rate", label="A second", kind="number", value=words.get("rate", ""), hint="Empty: no limit"),
            Field(
                name="where",
                label="Only those that match",
                kind="text",
                value=words.get("where", ""),
                hint='An event pattern, such as {"type": ["refund"]}',
            ),
        ),
        total=plan.matched,
        refusal=None if plan.matched else "There is nothing to put back.",
        document=redrive_document(request, plan, None),
    )


def _redrive(room: ControlRoom, words: Words, run: Run, advance: Advance) -> Result:
    request = _redrive_request(room, words)
    done = redrive_at(room.redrive(words["queue"]), request, run, advance)
    said, *lines = redriven_lines(request, done)
    return Result(
        said=f"{said[:1].upper()}{said[1:]}.",
        lines=tuple(lines),
        document={"moved": done.moved, "not_looked_at": done.unseen},
    )


def _plan_purge(room: ControlRoom, words: Words) -> Plan:
    queue = words["queue"]
    room.check(Right.OPERATE, queue)
    depth = room.queues.depth(queue)
    return Plan(
        heading=f"Remove every message of {queue}",
        question=f"Remove {counted(standing(depth), 'message')} for good?",
        verb="Remove them",
        facts=choices(purge_fields(queue, depth)),
        notes=(
            "Messages in flight are removed too. Their events stay, and can be replayed for as long as they are kept.",
        ),
        total=standing(depth),
        is_destructive=True,
        refusal=None if standing(depth) else f"{queue} is empty.",
        document=purge_document(queue, depth),
    )


def _purge(room: ControlRoom, words: Words, run: Run, advance: Advance) -> Result:
    queue = words["queue"]
    room.check(Right.OPERATE, queue)
    removed = purge(room.queues, room.audit, queue, run)
    advance(removed)
    return Result(said=f"Removed {counted(removed, 'message')} from {queue}.", document={"removed": removed})


def _plan_move(room: ControlRoom, words: Words) -> Plan:
    queue, to = words["queue"], words.get("to", "").strip()
    room.check(Right.OPERATE, queue)
    names = tuple(one.name for one in room.config().queues if one.name != queue)
    shown = Plan(
        heading=f"Move the messages of {queue}",
        question="",
        verb="Move them",
        fields=(
            Field(name="to", label="To the queue", kind="choice", value=to, choices=names, unchosen="Choose a queue"),
        ),
        refusal="Choose the queue that gets them." if not to else f"The messages are already on {queue}.",
    )
    if to in ("", queue):
        return shown
    room.check(Right.OPERATE, to)
    plan = room.moves.movable(queue, to)
    return replace(
        shown,
        question=f"Move {counted(plan.ready, 'message')} from {queue} to {to}?",
        facts=choices(
            [
                ("from", queue),
                ("to", to),
                ("would be moved", plan.ready),
                ("in flight", f"{plan.in_flight}: they stay" if plan.in_flight else None),
                (f"older than the retention of {to}", f"{plan.too_old}: they stay" if plan.too_old else None),
            ]
        ),
        notes=(_moved_as(room),),
        total=plan.ready,
        refusal=None if plan.ready else "There is nothing to move.",
        document=move_document(queue, to, plan, None),
    )


def _moved_as(room: ControlRoom) -> str:
    if room.home == "aws":
        return "Each becomes a new message with a new id and age. A paused queue delivers no messages: resume it first."
    return "Each keeps its id and its age, and is counted as never received."


def _move(room: ControlRoom, words: Words, run: Run, advance: Advance) -> Result:
    queue, to = words["queue"], words["to"].strip()
    room.check(Right.OPERATE, queue)
    room.check(Right.OPERATE, to)
    moved = move_all(room.moves, room.audit, queue, to, run)
    advance(moved)
    left = room.moves.movable(queue, to)
    said = move_text(queue, to, left, moved)
    return Result(said=f"{said[:1].upper()}{said[1:]}.", document=move_document(queue, to, left, moved))


def _plan_pause(room: ControlRoom, words: Words) -> Plan:
    queue = words["queue"]
    room.check(Right.OPERATE, queue)
    depth = room.queues.depth(queue)
    paused = _pause(room, queue)
    how = (
        "Consumers get AccessDenied: the queue's policy denies ReceiveMessage."
        if room.home == "aws"
        else "Consumers and forwards receive no messages."
    )
    return Plan(
        heading=f"Pause {queue}",
        question=f"Stop the delivery of messages from {queue} until it is resumed?",
        verb="Pause it",
        facts=choices([("queue", queue), ("waiting", depth.visible), ("in flight", depth.in_flight)]),
        notes=(f"{how} New messages still arrive, and wait. A consumer can finish what it has already received.",),
        refusal=None if paused is None else f"{queue} is already paused.",
        document={"queue": queue, "visible": depth.visible, "in_flight": depth.in_flight},
    )


def _pause_it(room: ControlRoom, words: Words, run: Run, _advance: Advance) -> Result:
    queue = words["queue"]
    room.check(Right.OPERATE, queue)
    room.pauses.pause(Paused.QUEUE, queue, run)
    return Result(said=f"{queue} is paused: it delivers no messages.", document={"queue": queue, "paused": True})


def _plan_resume(room: ControlRoom, words: Words) -> Plan:
    queue = words["queue"]
    room.check(Right.OPERATE, queue)
    depth, paused = room.queues.depth(queue), _pause(room, queue)
    facts: list[tuple[str, object]] = [("queue", queue), ("waiting", depth.visible)]
    if paused is not None:
        facts += [("paused by", paused.actor), ("reason", paused.reason or "none was given")]
    return Plan(
        heading=f"Resume {queue}",
        question=f"Start the delivery of messages from {queue} again?",
        verb="Resume it",
        facts=choices(facts),
        refusal=None if paused is not None else f"{queue} is not paused.",
        document={"queue": queue, "visible": depth.visible},
    )


def _resume_it(room: ControlRoom, words: Words, run: Run, _advance: Advance) -> Result:
    queue = words["queue"]
    room.check(Right.OPERATE, queue)
    room.pauses.resume(Paused.QUEUE, queue, run)
    return Result(said=f"{queue} is resumed.", document={"queue": queue, "paused": False})


def _pause(room: ControlRoom, queue: str) -> Pause | None:
    """The pause of the queue. Raises NotFoundError where there is no such queue."""
    own = queue.removesuffix(DEAD_LETTER_SUFFIX)
    if has_dead_letters(queue, room.whole) or any(one.queue.name == own for one in room.listing.listed()):
        found = room.pauses.pauses.all()
        return next((one for one in found if (one.kind, one.name) == (Paused.QUEUE, queue)), None)
    raise NotFoundError(f"there is no queue {queue}")


REDRIVE: Final = Action(name="redrive", plan=_plan_redrive, work=_redrive, back=_back, tab="queues")
PURGE: Final = Action(name="purge", plan=_plan_purge, work=_purge, back=_back, tab="queues")
MOVE: Final = Action(name="move", plan=_plan_move, work=_move, back=_back, tab="queues")
PAUSE_QUEUE: Final = Action(name="pause", plan=_plan_pause, work=_pause_it, back=_back, tab="queues")
RESUME_QUEUE: Final = Action(
    name="resume", plan=_plan_resume, work=_resume_it, back=_back, tab="queues", needs_reason=False
)
