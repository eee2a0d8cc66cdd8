"""What an action is: a plan that changes nothing, and work that is done once a person has agreed and said why."""

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
"""The parameters of an action as a form or an address has them."""

Advance: TypeAlias = "Callable[[int], None]"
"""Is called with how many more items are done."""


@record
class Field:
    """A choice that changes the plan; ``value`` is what was chosen.

    ``kind`` is text, short (a text of half the width), number, check, or choice: one of ``choices``, or none.
    """

    name: str
    label: str
    kind: str
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    unchosen: str = "Any"
    """What a choice says where none is made."""


@record
class Plan:
    """What an action would do now.

    ``facts`` are names and values, ``notes`` sentences that a person should read first. ``refusal`` is why it cannot be done; then nothing
    is offered. ``total`` is how many things it concerns, None where that is not known.
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
    """The same for a program."""


@record
class Result:
    """What was done, in one sentence. ``lines`` and ``document`` say more, to those who may do the same.

    ``secret_line`` and ``secret_document`` are for the person who did it, and are shown to nobody else.
    """

    said: str
    lines: tuple[str, ...] = ()
    is_whole: bool = True
    """Whether nothing of it failed."""
    secret_line: str | None = None
    document: Mapping[str, object] = field(default_factory=dict)
    """The same for a program."""
    secret_document: Mapping[str, object] = field(default_factory=dict)
    """Further members of the document."""


@record
class Action:
    """Something that operators do. ``plan`` may be asked for at any time. ``work`` runs on a thread of its own, and is audited."""

    name: str
    plan: Callable[[ControlRoom, Words], Plan]
    work: Callable[[ControlRoom, Words, Run, Advance], Result]
    back: Callable[[Words], str]
    """The page that leads to it."""
    tab: str
    right: Right = Right.OPERATE
    needs_reason: bool = True
