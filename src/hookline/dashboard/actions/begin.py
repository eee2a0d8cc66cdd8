"""Starts an action for a caller with the right for it, a possible plan, and a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.errors import Rejected

if TYPE_CHECKING:
    from hookline.dashboard.actions.action import Action, Plan, Words
    from hookline.dashboard.control_room import ControlRoom

__all__ = ["begun", "planned"]


def planned(room: ControlRoom, action: Action, words: Words) -> Plan:
    """The plan of the action. Raises Rejected ``access_denied``."""
    room.check(action.right, words.get("queue"))
    return action.plan(room, words)


def begun(room: ControlRoom, action: Action, words: Words, reason: str | None, *, wait: float) -> str:
    """Start the action, wait up to ``wait`` seconds for its end, and return the id of its run.

    It is planned again, because the state may have changed since the first plan. Raises Rejected ``not_possible_now``.
    """
    plan = planned(room, action, words)
    if plan.refusal is not None:
        raise Rejected("not_possible_now", plan.refusal)
    run = room.run(reason)
    room.runs.start(
        run,
        lambda advance: action.work(room, words, run, advance),
        heading=plan.heading,
        total=plan.total,
        wait=wait,
    )
    return run.id
