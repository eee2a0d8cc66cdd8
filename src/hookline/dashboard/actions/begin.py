"""Beginning an action for a caller: with the right for it, a plan that is possible now, and a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.errors import Rejected

if TYPE_CHECKING:
    from hookline.dashboard.actions.action import Action, Plan, Words
    from hookline.dashboard.control_room import ControlRoom

__all__ = ["begun", "planned"]


def planned(room: ControlRoom, action: Action, words: Words) -> Plan:
    """What the action would do now. Raises Rejected ``access_denied``."""
    room.check(action.right, words.get("queue"))
    return action.plan(room, words)


def begun(room: ControlRoom, action: Action, words: Words, reason: str | None, *, wait: float) -> str:
    """Begin it, wait up to ``wait`` seconds for its end, and return the id of its run.

    It is planned once more, because things may have changed since somebody looked. Raises Rejected ``not_possible_now``.
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
