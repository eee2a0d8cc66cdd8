"""``--where``: an event pattern that an operator gives on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hookline.domain.event import Status
from hookline.domain.message import VIEW
from hookline.domain.route import Route
from hookline.errors import Complaint, PatternError
from hookline.patterns import compile_pattern
from hookline.pipeline.route import Router

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.domain.event import Event

__all__ = ["read_where"]


def read_where(text: str | None) -> Callable[[Event], bool]:
    """Whether an event, seen as its message, is meant; every event is without a pattern.

    Raises PatternError for text that is no JSON, no event pattern, or one over an attribute that no message has.
    """
    if text is None:
        return lambda _: True
    try:
        written = json.loads(text)
    except ValueError as error:
        raise PatternError([Complaint(where="", why=f"the pattern is not JSON: {error}")]) from None
    except RecursionError:
        raise PatternError([Complaint(where="", why="the pattern is nested too deeply")]) from None
    pattern = compile_pattern(written)
    if unknown := sorted(pattern.reads - VIEW):
        known = ", ".join(sorted(VIEW))
        raise PatternError([Complaint(where=f"/{name}", why=f"a message has only {known}") for name in unknown])
    router = Router([Route(match=pattern, queues=("meant",))])
    return lambda event: router.route(event).status is Status.ROUTED
