"""The actions that retry rejected requests: one, or all of a source and code."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from hookline.dashboard.actions.action import Action, Field, Plan, Result
from hookline.dashboard.actions.words import choices, is_on, whole_number
from hookline.dashboard.views.rejected import quarantine_of
from hookline.domain.access import Right
from hookline.domain.counted import counted
from hookline.errors import NotFoundError
from hookline.pipeline.documents import retried_document
from hookline.pipeline.retry import kept_request, retry_subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.dashboard.actions.action import Advance, Words
    from hookline.dashboard.control_room import ControlRoom
    from hookline.pipeline.audited import Run
    from hookline.pipeline.retry import Retried, Retry

__all__ = ["RETRY_MANY", "RETRY_ONE"]

_TRIED_FIRST: Final = 25
"""The most requests that a plan verifies to estimate the result for all."""
_LARGEST: Final = 2**63 - 1
_LINES: Final = 20


def _retry(room: ControlRoom, words: Words) -> Retry:
    room.check(Right.OPERATE)
    if room.retry is None:
        raise NotFoundError("this home stores no rejected requests")
    return room.retry(is_on(words, "accept_ambiguous"))


def _numbers(room: ControlRoom, words: Words) -> list[int]:
    """The chosen requests, the oldest first. Raises NotFoundError for one that is not stored."""
    quarantine = quarantine_of(room)
    if (number := whole_number(words, "number", most=_LARGEST)) is not None:
        return [kept_request(quarantine, number).id]
    source, code = words.get("source") or None, words.get("code") or None
    return [one.id for one in quarantine.summaries(source=source) if code in (None, one.code)]


def _plan(room: ControlRoom, words: Words) -> Plan:
    numbers, retry = _numbers(room, words), _retry(room, words)
    found = [retry.foreseen(number) for number in [*reversed(numbers)][:_TRIED_FIRST]]
    accepted = sum(one.fault is None for one in found)
    faults = Counter(one.fault.code for one in found if one.fault is not None)
    looked = f" (of the newest {len(found):,})" if len(found) < len(numbers) else ""
    facts: list[tuple[str, object]] = [
        ("requests", len(numbers)),
        ("source", words.get("source") or None),
        ("code", words.get("code") or None),
        (f"would be accepted{looked}", accepted),
        *((f"would be refused with {code}", count) for code, count in faults.most_common()),
    ]
    what = "this request" if len(numbers) == 1 else counted(len(numbers), "request")
    return Plan(
        heading=f"Try {what} again",
        question=f"Try {what} again?",
        verb="Try again",
        facts=choices([(name, value) for name, value in facts if value is not None]),
        notes=(
            (
                "Each is verified as of the time when it was received, with the current configuration and secrets. What is accepted is "
                "stored and put on its queues, and leaves this list. What is refused again stays."
            ),
            *(() if accepted or not numbers else ("Fix the cause first, or they will be refused again.",)),
        ),
        fields=(
            Field(
                name="accept_ambiguous",
                label="Accept requests in which a name that hookline reads occurs twice (body_ambiguous)",
                kind="check",
                value="yes" if is_on(words, "accept_ambiguous") else "",
                hint="hookline reads the last one in JSON and the first in a form; consumers may read the other",
            ),
        )
        if "body_ambiguous" in faults or is_on(words, "accept_ambiguous")
        else (),
        total=len(numbers),
        refusal=None if numbers else "No request of this kind is kept.",
        document={
            "requests": len(numbers),
            "looked_at": len(found),
            "accepted": accepted,
            "refused": dict(faults),
            "results": [retried_document(one) for one in reversed(found)],
        },
    )


def _work(room: ControlRoom, words: Words, run: Run, advance: Advance) -> Result:
    numbers, retry = _numbers(room, words), _retry(room, words)
    named = numbers if words.get("number") else ()
    subject = retry_subject(numbers=named, source=words.get("source"), code=words.get("code"))
    return _result(retry.all(numbers, room.audit, run, subject=subject, advance=advance))


def _result(results: Sequence[Retried]) -> Result:
    accepted = [one for one in results if one.fault is None]
    refused = [one for one in results if one.fault is not None]
    lines = [
        *(f"{one.id}: {one.event_id} {_on(one)}" for one in accepted[:_LINES]),
        *(f"{one.id}: refused again, {one.fault.detail} [{one.fault.code}]" for one in refused[:_LINES] if one.fault),
    ]
    return Result(
        said=_said(len(accepted), len(refused)),
        lines=tuple(lines),
        is_whole=not refused,
        document={"results": [retried_document(one) for one in results]},
    )


def _said(accepted: int, refused: int) -> str:
    if accepted + refused == 1:
        return "The request was accepted." if accepted else "The request was refused again."
    return f"Accepted {counted(accepted, 'request')}; {counted(refused, 'was', 'were')} refused again."


def _on(one: Retried) -> str:
    if one.outcome == "duplicate":
        return "was already known"
    if one.queues is None:
        return "was passed to the router"
    return f"is on {', '.join(one.queues)}" if one.queues else "is stored"


def _back_to_one(words: Words) -> str:
    return "/rejected" if not words.get("number") else f"/rejected?number={words['number']}"


RETRY_ONE: Final = Action(name="retry", plan=_plan, work=_work, back=_back_to_one, tab="rejected", needs_reason=False)
RETRY_MANY: Final = Action(name="retry", plan=_plan, work=_work, back=lambda _words: "/rejected", tab="rejected")
