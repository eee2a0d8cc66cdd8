"""The action that erases the content of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.dashboard.actions.action import Action, Field, Plan, Result
from hookline.dashboard.actions.words import choices, is_on
from hookline.domain.access import Right
from hookline.domain.counted import counted
from hookline.errors import HooklineError, Rejected
from hookline.pipeline.erasure import ErasureRequest, check_erasure
from hookline.pipeline.erasure_documents import (
    erased_lines,
    erasure_fields,
    erasure_plan_document,
    erasure_result_document,
)

if TYPE_CHECKING:
    from hookline.dashboard.actions.action import Advance, Words
    from hookline.dashboard.control_room import ControlRoom
    from hookline.pipeline.audited import Run

__all__ = ["ERASE"]

_HEADING: Final = "Erase events"


def _request(room: ControlRoom, words: Words) -> ErasureRequest:
    room.check(Right.OPERATE)
    where = words.get("where", "").strip()
    if not where:
        raise Rejected(
            "parameter_invalid", "`where` is missing: give an event pattern that selects the events to erase"
        )
    return ErasureRequest(
        where=where,
        undelivered=is_on(words, "undelivered"),
        everything=is_on(words, "everything"),
        rewrite=is_on(words, "rewrite"),
    )


def _plan(room: ControlRoom, words: Words) -> Plan:
    request = _request(room, words)
    erasure = room.erasure()
    plan = erasure.plan(request)
    refusal = None
    try:
        check_erasure(request, plan)
    except HooklineError as error:
        refusal = f"{error.detail[:1].upper()}{error.detail[1:]}. {error.remedy}"
    return Plan(
        heading=_HEADING,
        question=f"Erase {counted(plan.total, 'thing')} for good?",
        verb="Erase them",
        facts=choices(erasure_fields(plan, erasure.unreachable)),
        notes=(
            "Erased content cannot be restored. Ids, types, times and digests stay, so that a repeated delivery is recognised.",
        ),
        fields=(Field(name="where", label="Event pattern", kind="text", value=request.where),),
        total=plan.total,
        is_destructive=True,
        refusal=refusal,
        document={"plan": erasure_plan_document(plan, erasure.unreachable)},
    )


def _erase(room: ControlRoom, words: Words, run: Run, advance: Advance) -> Result:
    request = _request(room, words)
    erasure = room.erasure()
    done = erasure.run(request, erasure.plan(request), run, advance=advance)
    said, *lines = erased_lines(done)
    return Result(
        said=f"{said[:1].upper()}{said[1:]}.",
        lines=tuple(lines),
        is_whole=done.is_whole,
        document=erasure_result_document(done),
    )


ERASE: Final = Action(name="erase", plan=_plan, work=_erase, back=lambda _words: "/events", tab="events")
