"""Makes two operations for each action: one returns its plan, the other starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final  # Any: a parameter's value has the type of its schema

from hookline.dashboard.actions.begin import begun, planned
from hookline.dashboard.api.operation import Operation
from hookline.dashboard.schema import BOOLEAN, COUNT, TEXT, choice, listed, named, nullable, of
from hookline.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.dashboard.actions.action import Action, Words
    from hookline.dashboard.api.operation import Call
    from hookline.dashboard.control_room import ControlRoom
    from hookline.dashboard.schema import Schema

__all__ = ["RUN_OPERATION", "operations_of"]

_PATIENCE: Final = 5.0
"""Seconds that a call waits for the end of the action that it started."""

_ANYTHING: Final[Schema] = {"type": "object"}
_REASON: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 500, "pattern": "\\S"}

PLAN: Final = of(
    heading=TEXT,
    question=TEXT,
    facts=listed(of(name=TEXT, value=TEXT)),
    notes=listed(TEXT),
    total=nullable(COUNT),
    destructive=BOOLEAN,
    refusal=nullable(TEXT),
    document=_ANYTHING,
)
RUN: Final = of(
    id=TEXT,
    heading=TEXT,
    state=choice("running", "done", "partly done", "failed"),
    done=COUNT,
    total=nullable(COUNT),
    said=nullable(TEXT),
    lines=listed(TEXT),
    secret_line=nullable(TEXT),
    fault=nullable(of(code=TEXT, detail=TEXT, remedy=TEXT)),
    result=nullable(_ANYTHING),
)
_SCHEMAS: Final[Mapping[str, Schema]] = {"Plan": PLAN, "Run": RUN}


def operations_of(
    action: Action, *, name: str, path: str, summary: str, choices: Mapping[str, Schema]
) -> tuple[Operation, ...]:
    """``POST path/plan``, which changes nothing, and ``POST path``, which needs a reason. ``choices`` are the members of the body."""
    plan_body = of(tuple(choices), **choices)
    optional = (*choices, *(() if action.needs_reason else ("reason",)))
    return (
        Operation(
            name=f"plan{name[:1].upper()}{name[1:]}",
            method="POST",
            path=f"{path}/plan",
            summary=f"Say what this would do: {summary[:1].lower()}{summary[1:]}",
            right=action.right,
            body=plan_body,
            answer=named("Plan"),
            schemas=_SCHEMAS,
            act=lambda call: _plan(call, action),
        ),
        Operation(
            name=name,
            method="POST",
            path=path,
            summary=summary,
            description="It is audited. The answer comes after some seconds at most: while `state` is `running`, ask `/api/runs/{run}`.",
            right=action.right,
            body=of(optional, **choices, reason=_REASON),
            answer=named("Run"),
            schemas=_SCHEMAS,
            act=lambda call: _do(call, action),
        ),
    )


def _plan(call: Call, action: Action) -> dict[str, object]:
    plan = planned(call.room, action, _words(call))
    return {
        "heading": plan.heading,
        "question": plan.question,
        "facts": [{"name": name, "value": value} for name, value in plan.facts],
        "notes": list(plan.notes),
        "total": plan.total,
        "destructive": plan.is_destructive,
        "refusal": plan.refusal,
        "document": dict(plan.document),
    }


def _do(call: Call, action: Action) -> dict[str, object]:
    run = begun(call.room, action, _words(call), call.body.get("reason"), wait=_PATIENCE)
    return _shown(call.room, run)


def _shown(room: ControlRoom, run: str) -> dict[str, object]:
    shown = room.runs.shown(run, room.caller, may_operate=room.may_operate)
    if shown is None:
        raise NotFoundError(f"there is no run {run}, or it ended long ago: see the audit log")
    is_done = shown["state"] not in ("running", "failed")
    result = room.runs.result(run, room.caller, may_operate=room.may_operate) if is_done else None
    return {**shown, "result": None if result is None else dict(result)}


def _words(call: Call) -> Words:
    given = {name: value for name, value in call.body.items() if name != "reason"}
    return {name: _word(value) for name, value in {**given, **call.values}.items()}


def _word(value: Any) -> str:
    return ("yes" if value else "") if isinstance(value, bool) else str(value)


RUN_OPERATION: Final = Operation(
    name="showRun",
    method="GET",
    path="/api/runs/{run}",
    summary="Show the progress of an action",
    answer=named("Run"),
    schemas=_SCHEMAS,
    act=lambda call: _shown(call.room, call.values["run"]),
)
