"""The story of one event: how it was verified, which rules matched, its messages, conflicts and timeline."""

from __future__ import annotations

import json
import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from hookline.dashboard.proofs import is_proof
from hookline.dashboard.schema import BOOLEAN, COUNT, MOMENT, TEXT, choice, listed, mapping, named, nullable, of
from hookline.dashboard.views.event import event
from hookline.domain.claim import BACKFILLED, REPEATED_BODY
from hookline.domain.counted import how_often
from hookline.domain.erasure import ERASED, is_erased
from hookline.domain.event import Status
from hookline.domain.kept_headers import kept_in
from hookline.domain.moment import moment_text
from hookline.domain.queue import DEAD_LETTER_SUFFIX, UNROUTED
from hookline.domain.transaction import ATTRIBUTES
from hookline.pipeline.replay import found_event
from hookline.pipeline.route_decision import decide_event, decision_document
from hookline.ports.message_places import PlaceState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.source import Source
    from hookline.pipeline.seen_letters import SeenLetter
    from hookline.ports.event_store import StoredEvent
    from hookline.ports.message_places import MessagePlace

__all__ = ["EVENT_STORY", "MASK", "diff_rows", "event_story", "pretty_text"]

MASK: Final = "••••••••"
"""The text shown instead of a header's value that is a credential."""

_MOST_DIFFED: Final = 2_000
"""The most lines of a body that are compared, because a browser draws more of them slowly."""
_MOST_PRETTY: Final = 1024 * 1024

_MESSAGE: Final = of(
    queue=TEXT,
    message_id=nullable(TEXT),
    state=choice("waiting", "with a consumer", "delayed", "dead", "deleted", "sent"),
    receives=nullable(COUNT),
    sent_at=nullable(MOMENT),
    last_received_at=nullable(MOMENT),
    visible_at=nullable(MOMENT),
    last_failure=nullable(TEXT),
    died_on=nullable(TEXT),
    dead_at=nullable(MOMENT),
    replay_id=nullable(TEXT),
    seen_at=nullable(MOMENT),
)
_CONFLICT: Final = of(
    received_at=MOMENT,
    sha256=TEXT,
    rows=listed(of(left=nullable(TEXT), right=nullable(TEXT), same=BOOLEAN)),
    whole=BOOLEAN,
)
EVENT_STORY: Final = of(
    event=named("Event"),
    headers=mapping(TEXT),
    verification=of(scheme=nullable(TEXT), secret=nullable(TEXT), words=TEXT),
    transaction=mapping(TEXT),
    route=nullable({"type": "object"}),
    messages=nullable(listed(_MESSAGE)),
    conflicts=listed(_CONFLICT),
    timeline=listed(of(at=nullable(MOMENT), tone=TEXT, what=TEXT, why=nullable(TEXT))),
    replay_id=nullable(TEXT),
    repeats=nullable(TEXT),
    configured=BOOLEAN,
)


def event_story(room: ControlRoom, event_id: str) -> dict[str, object]:
    """The event with its whole story. ``messages`` and ``route`` are None where they are unknown or hidden.

    Raises NotFoundError.
    """
    stored, config = found_event(room.events, event_id), room.config()
    source = next((one for one in config.sources if one.name == stored.event.source), None)
    document = event(room, event_id)
    decision = _decision(room, stored)
    messages = _messages(room, stored, decision)
    return {
        "event": document,
        "headers": {name: masked(name, value) for name, value in kept_in(stored.event.metadata).items()},
        "verification": _verification(stored, source),
        "transaction": {name: stored.event.metadata[name] for name in ATTRIBUTES if name in stored.event.metadata},
        "route": decision,
        "messages": messages,
        "conflicts": _conflicts(document),
        "timeline": sorted(_timeline(stored, messages or ()), key=lambda one: (one["at"] is None, str(one["at"]))),
        "replay_id": None if stored.replay is None else stored.replay.id,
        "repeats": stored.event.metadata.get(REPEATED_BODY),
        "configured": source is not None,
    }


def masked(name: str, value: str) -> str:
    """The value of a header, or the mask where its name says that it is a credential."""
    return MASK if is_proof(name) else value


def pretty_text(body: str) -> str | None:
    """JSON with a line for each member and unchanged numbers; None for other text, and for a long one."""
    if len(body) > _MOST_PRETTY:
        return None
    try:
        document = json.loads(body, parse_float=_Number, parse_int=_Number, object_pairs_hook=_Members)
    except (ValueError, RecursionError):
        return None
    return "\n".join(_lines(document, ""))


def diff_rows(left: str, right: str) -> list[dict[str, object]]:
    """The lines of both texts in pairs; None where one of them does not have the line."""
    one, other = ((pretty_text(text) or text).splitlines()[:_MOST_DIFFED] for text in (left, right))
    found: list[dict[str, object]] = []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        for index in range(max(b - a, d - c)):
            before = one[a + index] if a + index < b else None
            after = other[c + index] if c + index < d else None
            found.append({"left": before, "right": after, "same": tag == "equal"})
    return found


def _decision(room: ControlRoom, stored: StoredEvent) -> dict[str, object] | None:
    """Why each current rule matches the event or not. None where the rules depend on a body that is hidden from the caller."""
    routes = room.config().routes
    if room.hides(stored.event.source) and any("data" in route.match.reads for route in routes):
        return None
    return decision_document(decide_event(stored.event, routes))


def _messages(
    room: ControlRoom, stored: StoredEvent, decision: Mapping[str, object] | None
) -> list[dict[str, object]] | None:
    """The place of each message. A queue of the event's routes without a message of it is in the list as deleted.

    If queues do not report their messages, the list has the queues of each message, and the dead letters that were viewed.
    """
    if room.places is None:
        return _put(room, stored)
    standing = [_standing(one) for one in room.places.places(stored.event.id)]
    if stored.event.status not in (Status.ROUTED, Status.UNMATCHED):
        return standing
    there = {one["died_on"] or one["queue"] for one in standing}
    return [*standing, *(_deleted(name) for name in _queues_of(stored, decision) if name not in there)]


def _put(room: ControlRoom, stored: StoredEvent) -> list[dict[str, object]] | None:
    """The places that are known without reading a queue; None where none are."""
    seen = [] if room.seen_letters is None else [_seen(one) for one in room.seen_letters.of(stored.event.id)]
    if stored.put is None:
        return seen if seen or stored.event.status in (Status.RECEIVED, Status.FAILED) else None
    died = {one["died_on"] for one in seen}
    at = moment_text(stored.put.at)
    sent = [{**_nothing(queue), "state": "sent", "sent_at": at} for queue in stored.put.queues if queue not in died]
    return [*seen, *sent]


def _seen(one: SeenLetter) -> dict[str, object]:
    """A dead letter as it was when it was viewed."""
    letter, dead = one.letter, one.letter.dead_letter
    return {
        **_nothing(one.queue),
        "state": "dead",
        "message_id": letter.message_id,
        "receives": letter.receives if dead is None or dead.receives is None else dead.receives,
        "sent_at": moment_text(letter.sent_at),
        "last_received_at": None if dead is None else moment_text(dead.last_received_at),
        "last_failure": letter.last_failure,
        "died_on": one.queue.removesuffix(DEAD_LETTER_SUFFIX),
        "dead_at": None if dead is None else moment_text(dead.moved_at),
        "seen_at": moment_text(one.seen_at),
    }


def _queues_of(stored: StoredEvent, decision: Mapping[str, object] | None) -> Sequence[str]:
    if stored.replay is not None and stored.replay.queue is not None:
        return (stored.replay.queue,)
    if stored.event.status is Status.UNMATCHED:
        return (UNROUTED,)
    found = () if decision is None else decision["queues"]
    return found if isinstance(found, list) else ()


def _standing(place: MessagePlace) -> dict[str, object]:
    dead = place.dead_letter
    is_dead = dead is not None and place.state is PlaceState.WAITING
    return {
        "queue": place.queue,
        "message_id": place.message_id,
        "state": "dead" if is_dead else place.state.value,
        "receives": place.receives,
        "sent_at": moment_text(place.sent_at),
        "last_received_at": moment_text(place.last_received_at),
        "visible_at": moment_text(place.visible_at),
        "last_failure": place.last_failure,
        "died_on": None if dead is None else dead.queue,
        "dead_at": None if dead is None else moment_text(dead.moved_at),
        "replay_id": place.replay_id,
        "seen_at": None,
    }


def _deleted(queue: str) -> dict[str, object]:
    return {**_nothing(queue), "state": "deleted"}


def _nothing(queue: str) -> dict[str, object]:
    """A message for which only the queue is known."""
    unknown = (
        "message_id",
        "receives",
        "sent_at",
        "last_received_at",
        "visible_at",
        "last_failure",
        "died_on",
        "dead_at",
        "replay_id",
        "seen_at",
    )
    return {"queue": queue, **dict.fromkeys(unknown)}


def _verification(stored: StoredEvent, source: Source | None) -> dict[str, object]:
    secret = stored.event.metadata.get("secret")
    scheme = None if source is None else source.scheme
    if BACKFILLED in stored.event.metadata:
        words = (
            "`hookline reconcile` fetched it from the sender's API. No call delivered it, and no signature proves it."
        )
    elif secret is not None:
        words = f"The signature matches the received bytes, with the secret {secret}."
    elif scheme == "none":
        words = "This source verifies nothing: anybody who knows the address can send to it."
    else:
        words = (
            "Verified before it was stored, without a secret of ours: the sender's key pair or certificate proved it."
        )
    return {"scheme": scheme, "secret": secret, "words": words}


def _conflicts(document: Mapping[str, object]) -> list[dict[str, object]]:
    """Each second body, compared with the body that was accepted first, both masked for this caller."""
    found, first = [], _text(document)
    second = document["set_aside"]
    for one in second if isinstance(second, list) else ():
        second = _text(one)
        rows = diff_rows(first, second)
        found.append(
            {
                "received_at": one["received_at"],
                "sha256": one["sha256"],
                "rows": rows,
                "whole": len(rows) < _MOST_DIFFED,
            }
        )
    return found


def _text(document: Mapping[str, object]) -> str:
    return str(document.get("body", document.get("body_base64", "")))


def _timeline(stored: StoredEvent, messages: Sequence[Mapping[str, object]]) -> Iterator[dict[str, object]]:
    """The known steps of the event with their times. Steps without a record, such as duplicates, are missing."""
    received, attempt = stored.event, stored.attempt
    yield _entry(moment_text(received.received_at), "ok", "Received, verified and stored", f"by {received.source}")
    for second in stored.set_aside:
        what = "Received again with another body, which was stored separately"
        yield _entry(moment_text(second.received_at), "warn", what, _digest(second.body_sha256))
    if attempt.count:
        yield _entry(moment_text(attempt.next_at), "bad", f"Routing failed {how_often(attempt.count)}", attempt.reason)
    for one in messages:
        yield from _message_entries(one)
    if stored.replay is not None:
        yield _entry(None, "info", "Replayed", f"replay {stored.replay.id}")
    if is_erased(received):
        yield _entry(None, "warn", "Its content was erased", f"erasure {received.metadata[ERASED]}")


def _message_entries(one: Mapping[str, object]) -> Iterator[dict[str, object]]:
    if one["sent_at"] is not None:
        again = f"replay {one['replay_id']}" if one["replay_id"] else None
        yield _entry(one["sent_at"], "ok", f"Put on {one['died_on'] or one['queue']}", again)
    if one["last_received_at"] is not None:
        times = one["receives"]
        why = f"received {how_often(times)} in all" if isinstance(times, int) else None
        yield _entry(one["last_received_at"], "info", f"Received last from {one['died_on'] or one['queue']}", why)
    if one["seen_at"] is not None:
        yield _entry(
            one["seen_at"], "bad", f"Seen as a dead letter on {one['queue']}", str(one["last_failure"] or "") or None
        )
    if one["dead_at"] is not None:
        reason = one["last_failure"] or "no consumer deleted it, and none gave a reason"
        yield _entry(one["dead_at"], "bad", f"Moved to {one['queue']}", str(reason))


def _entry(at: object, tone: str, what: str, why: str | None = None) -> dict[str, object]:
    return {"at": at, "tone": tone, "what": what, "why": why}


def _digest(sha256: bytes) -> str | None:
    """The text for a body, with its digest; empty where it is hidden from the caller."""
    return f"SHA-256 {sha256.hex()[:16]}…" if sha256 else None


class _Number(str):
    """A number as it was written, so that an amount is not shown as another one."""

    __slots__ = ()


class _Members(list[tuple[str, object]]):
    """An object's members in their order, with repeats."""

    __slots__ = ()


def _lines(value: object, indent: str, head: str = "", tail: str = "") -> Iterator[str]:
    """The lines of a value, with ``head`` before its beginning and ``tail`` after its end."""
    if isinstance(value, _Members) and value:
        yield f"{indent}{head}{{"
        for index, (name, member) in enumerate(value):
            comma = "," if index < len(value) - 1 else ""
            yield from _lines(member, f"{indent}  ", f"{_quoted(name)}: ", comma)
        yield f"{indent}}}{tail}"
    elif isinstance(value, list) and not isinstance(value, _Members) and value:
        yield f"{indent}{head}["
        for index, item in enumerate(value):
            yield from _lines(item, f"{indent}  ", "", "," if index < len(value) - 1 else "")
        yield f"{indent}]{tail}"
    else:
        yield f"{indent}{head}{_scalar(value)}{tail}"


def _scalar(value: object) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, _Members):
        return "{}"
    return _quoted(value)


def _quoted(value: object) -> str:
    """JSON with escapes instead of characters that are invisible or reverse the direction of text."""
    written = json.dumps(value, ensure_ascii=False)
    if written.isascii():
        return written
    return "".join(one if _is_seen(one) else json.dumps(one)[1:-1] for one in written)


def _is_seen(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"  # spaces of every width
