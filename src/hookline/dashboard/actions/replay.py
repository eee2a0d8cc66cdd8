"""The actions that replay stored events: one, or all that match a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from hookline.config.units import UnusableError
from hookline.dashboard.actions.action import Action, Field, Plan, Result
from hookline.dashboard.actions.pace import replay_at
from hookline.dashboard.actions.words import choices, is_on, whole_number
from hookline.domain.access import Right
from hookline.domain.counted import counted
from hookline.domain.erasure import is_erased
from hookline.domain.event import Status
from hookline.errors import HooklineError, Rejected
from hookline.pipeline.bulk_replay import ReplayRequest
from hookline.pipeline.documents import replayed_document
from hookline.pipeline.replay import foreseen, found_event, noted_replay
from hookline.pipeline.replay_plan import plan_fields, replay_document, replay_plan_document

if TYPE_CHECKING:
    from hookline.dashboard.actions.action import Advance, Words
    from hookline.dashboard.control_room import ControlRoom
    from hookline.pipeline.audited import Run

__all__ = ["REPLAY_MANY", "REPLAY_ONE"]

_FILTERS: Final = (
    "source",
    "type",
    "status",
    "since",
    "until",
    "reference",
    "amount",
    "id_part",
    "text",
    "where",
    "queue",
)


def _plan_one(room: ControlRoom, words: Words) -> Plan:
    room.check(Right.OPERATE)
    stored = found_event(room.events, words["event_id"])
    event = stored.event
    waits = event.status is Status.RECEIVED
    routed = room.router().route(event)
    facts: list[tuple[str, object]] = [
        ("event", event.id),
        ("type", event.type),
        ("status", event.status.value),
        ("goes to", ", ".join(routed.queues)),
    ]
    notes = [
        "Its message has the replay's id, and the same event id as before: a consumer that deduplicates by event id ignores it."
    ]
    if event.status in (Status.ROUTED, Status.UNMATCHED):
        notes.append("It was delivered before: its consumers get it again.")
    return Plan(
        heading="Replay this event",
        question="Route it again, by the current routes?",
        verb="Replay it",
        facts=choices(facts),
        notes=tuple(notes),
        fields=(
            Field(
                name="keep_letters",
                label="Keep its dead letters on the queues that get it again",
                kind="check",
                value="yes" if is_on(words, "keep_letters") else "",
            ),
        ),
        total=1,
        refusal="Its content was erased."
        if is_erased(event)
        else "It is already waiting to be routed."
        if waits
        else None,
        document={"results": [replayed_document(foreseen(event.id, room.events, room.router()))]},
    )


def _replay_one(room: ControlRoom, words: Words, run: Run, advance: Advance) -> Result:
    room.check(Right.OPERATE)
    event_id = words["event_id"]
    with noted_replay(room.audit, run, [event_id]) as note:
        results, letters = room.replay([event_id], run.id, is_on(words, "keep_letters"))
        note.affected = sum(one.fault is None for one in results)
    advance(1)
    for one in results:
        if one.fault is not None:
            raise one.fault
    queues = ", ".join(queue for one in results for queue in one.queues)
    said = f"Replayed: its message is on {queues}." if queues else "Replayed: the router is working on it."
    return Result(
        said=said, lines=tuple(letters.lines()), document={"results": [replayed_document(one) for one in results]}
    )


def _request(room: ControlRoom, words: Words) -> ReplayRequest:
    room.check(Right.OPERATE)
    given = {name: words[name].strip() for name in _FILTERS if words.get(name, "").strip()}
    if not given:
        raise Rejected("parameter_invalid", "name the events: a replay of all events is refused")
    if given.get("status", Status.ROUTED) not in [*Status]:
        raise Rejected("parameter_invalid", f"status must be one of {', '.join(Status)}")
    try:
        return ReplayRequest.of(given, room.now())
    except UnusableError as error:
        raise Rejected("parameter_invalid", str(error)) from None


def _fields(room: ControlRoom, words: Words) -> tuple[Field, ...]:
    """The fields of the filter. Filters of the events page that a replay rarely needs are shown only if they have a value."""
    config, given = room.config(), words.get
    sources, queues = (tuple(one.name for one in ones) for ones in (config.sources, config.queues))
    rare = (("id_part", "In the id"), ("amount", "Amount"), ("text", "Text in the body"))
    return (
        Field(name="since", label="Received since", kind="short", value=given("since", ""), hint="2h, or 2026-03-01"),
        Field(name="until", label="Received before", kind="short", value=given("until", ""), hint="Empty: now"),
        Field(name="source", label="Source", kind="choice", value=given("source", ""), choices=sources),
        Field(name="type", label="Type", kind="short", value=given("type", "")),
        Field(name="status", label="Status", kind="choice", value=given("status", ""), choices=tuple(Status)),
        Field(name="reference", label="Transaction reference", kind="short", value=given("reference", "")),
        *(Field(name=name, label=label, kind="short", value=given(name, "")) for name, label in rare if given(name)),
        Field(
            name="where",
            label="Event pattern",
            kind="text",
            value=given("where", ""),
            hint='Such as {"data": {"amount": [{"prefix": "99"}]}}',
        ),
        Field(name="queue", label="Only to this queue", kind="choice", value=given("queue", ""), choices=queues),
        Field(name="rate", label="Events a second", kind="number", value=given("rate", ""), hint="Empty: no limit"),
    )


def _plan_many(room: ControlRoom, words: Words) -> Plan:
    fields = _fields(room, words)
    heading, verb = "Replay events", "Replay them"
    try:
        whole_number(words, "rate", most=100_000)
        prepared = room.bulk_replay().prepare(_request(room, words), room.run(None))
    except HooklineError as error:
        return Plan(
            heading=heading,
            question="",
            verb=verb,
            fields=fields,
            refusal=f"{error.detail[:1].upper()}{error.detail[1:]}.",
            document={"error": {"code": error.code, "detail": error.detail}},
        )
    total = prepared.replay.matched - prepared.replay.replayed
    return Plan(
        heading=heading,
        question=f"Route {counted(total, 'event')} again, by the current routes?",
        verb=verb,
        facts=choices(plan_fields(prepared, None)),
        notes=("If it is interrupted, start the same replay again: it continues where it stopped.",),
        fields=fields,
        total=total,
        refusal=None if total else "No event matches.",
        document={"plan": prepared.plan and replay_plan_document(prepared.plan, None)},
    )


def _replay_many(room: ControlRoom, words: Words, run: Run, advance: Advance) -> Result:
    rate = whole_number(words, "rate", most=100_000)
    replays = room.bulk_replay()
    prepared = replays.prepare(_request(room, words), run)
    done = replay_at(rate, replays, prepared.replay, run, advance)
    return Result(
        said=f"Replayed {counted(done.replayed, 'event')}; {counted(done.left_out, 'was', 'were')} left out.",
        lines=(f"Replay {done.id}",),
        document=replay_document(done),
    )


def _back_to_event(words: Words) -> str:
    return f"/events/{quote(words['event_id'], safe=':')}"


REPLAY_ONE: Final = Action(name="replay", plan=_plan_one, work=_replay_one, back=_back_to_event, tab="events")
REPLAY_MANY: Final = Action(
    name="replay", plan=_plan_many, work=_replay_many, back=lambda _words: "/events", tab="replay"
)
