"""The parts of an action: a plan that changes nothing, and work that is done after a person has agreed and given a reason."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from hookline.domain.access import Right
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.dashboard.control_room import ControlRoom
    from hookline.pipeline.audited import Run

__all__ = ["Action", "Advance", "Field", "Plan", "Result", "Words"]

Words: TypeAlias = "Mapping[str, str]"
"""The parameters of an action, from a form or an address."""

Advance: TypeAlias = "Callable[[int], None]"
"""A function that is called with the number of newly finished items."""


@record
class Field:
    """A form field that changes the plan; ``value`` is the chosen value.

    ``kind`` is text, short (a text of half the width), number, check, or choice: one of ``choices``, or none.
    """

    name: str
    label: str
    kind: str
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    unchosen: str = "Any"
    """The text of an empty choice."""


@record
class Plan:
    """A plan: what an action would do now.

    ``facts`` are names and values, ``notes`` sentences that a person should read first. With a ``refusal``, the reason why it cannot be
    done, no button is shown. ``total`` is how many items it affects, None where that is unknown.
    """

    heading: str
    question: str
    verb: str
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    total: int | None = None
    is_destructive: bool = False
    refusal: str | None = None
    document: Mapping[str, object] = field(default_factory=dict)
    """The plan as the content of a JSON object."""


@record
class Result:
    """The result, in one sentence. ``lines`` and ``document`` have details for callers with the right for the action.

    ``secret_line`` and ``secret_document`` are shown only to the person who did the action.
    """

    said: str
    lines: tuple[str, ...] = ()
    is_whole: bool = True
    """Whether every part succeeded."""
    secret_line: str | None = None
    document: Mapping[str, object] = field(default_factory=dict)
    """The result as the content of a JSON object."""
    secret_document: Mapping[str, object] = field(default_factory=dict)
    """Members that are added to ``document`` for the person who did the action."""


@record
class Action:
    """An action of operators. ``plan`` may be called at any time. ``work`` runs on a separate thread and is audited."""

    name: str
    plan: Callable[[ControlRoom, Words], Plan]
    work: Callable[[ControlRoom, Words, Run, Advance], Result]
    back: Callable[[Words], str]
    """The page with the action's button."""
    tab: str
    right: Right = Right.OPERATE
    needs_reason: bool = True
