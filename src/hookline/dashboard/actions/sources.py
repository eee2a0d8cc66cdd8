"""The actions on sources: pause or hold them, resume them, and let a sender bring its secret."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final

from hookline.config.units import UnusableError, duration, duration_text
from hookline.dashboard.actions.action import Action, Field, Plan, Result
from hookline.dashboard.actions.words import choices, is_on
from hookline.domain.counted import counted
from hookline.domain.moment import moment_text
from hookline.domain.pause import HOLDS, Paused, PauseState
from hookline.errors import OperatorError, Rejected, UnavailableError
from hookline.pipeline.arm import arm, handshake_address, learning_source
from hookline.pipeline.pauses import source_warning

if TYPE_CHECKING:
    from hookline.dashboard.actions.action import Advance, Words
    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.pause import Pause
    from hookline.domain.source import Source
    from hookline.pipeline.audited import Run

__all__ = ["ARM", "PAUSE_SOURCE", "RESUME_SOURCE"]

_TOKEN_BYTES: Final = 24
_LONGEST: Final = timedelta(days=1)
_USUAL: Final = "10m"
_length = duration(timedelta(seconds=1), _LONGEST)


def _back(words: Words) -> str:
    return f"/sources/{words['source']}"


def _plan_pause(room: ControlRoom, words: Words) -> Plan:
    name, hold = words["source"], is_on(words, "hold")
    warning = source_warning(room.config(), name)
    paused = _pause(room, name)
    does = (
        "Its events are accepted and held. They are put on their queues, in order, when it is resumed."
        if hold
        else "Its senders get 503 with Retry-After, and send again later."
    )
    return Plan(
        heading=f"Pause {name}",
        question=f"{'Hold the events of' if hold else 'Take no events from'} {name} until it is resumed?",
        verb="Hold its events" if hold else "Pause it",
        facts=choices([("source", name), ("senders get", "202 as usual" if hold else "503 with Retry-After")]),
        notes=tuple(note for note in (does, None if hold else warning) if note),
        fields=(
            Field(
                name="hold",
                label="Accept events and hold them, instead of answering 503",
                kind="check",
                value="yes" if hold else "",
            ),
        ),
        refusal=_why_not_paused(name, paused, PauseState.HOLDING if hold else PauseState.PAUSED),
        document={"source": name, "hold": hold, "warning": warning},
    )


def _pause_it(room: ControlRoom, words: Words, run: Run, _advance: Advance) -> Result:
    name, hold = words["source"], is_on(words, "hold")
    source_warning(room.config(), name)
    room.pauses.pause(Paused.SOURCE, name, run, hold=hold)
    said = "its events are accepted and held" if hold else "its senders get 503"
    return Result(said=f"{name} is paused: {said}.", document={"source": name, "paused": True, "hold": hold})


def _plan_resume(room: ControlRoom, words: Words) -> Plan:
    name = words["source"]
    source_warning(room.config(), name)
    paused = _pause(room, name)
    held = room.pauses.held.count(name) if paused is not None and paused.state in HOLDS else 0
    facts: list[tuple[str, object]] = [("source", name), ("held events", held)]
    if paused is not None:
        facts += [("paused by", paused.actor), ("reason", paused.reason or "none was given")]
    return Plan(
        heading=f"Resume {name}",
        question=f"Take events from {name} again?",
        verb="Resume it",
        facts=choices(facts),
        notes=("Held events are put on their queues first, in the order of their receipt.",) if held else (),
        total=held or None,
        refusal=_why_not_resumed(name, paused),
        document={"source": name, "held": held},
    )


def _resume_it(room: ControlRoom, words: Words, run: Run, _advance: Advance) -> Result:
    name = words["source"]
    held = room.pauses.resume(Paused.SOURCE, name, run)
    rest = f" {counted(held, 'held event goes', 'held events go')} to their queues first." if held else ""
    return Result(said=f"{name} is resumed.{rest}", document={"source": name, "paused": False, "held": held})


def _plan_arm(room: ControlRoom, words: Words) -> Plan:
    source = learning_source(room.config(), words["source"])
    length, networks = _read_length(words), _read_networks(words)
    free = [name for name in source.secret_names if name not in _given(room, source)]
    return Plan(
        heading=f"Arm {source.name}",
        question=f"Let the sender of {source.name} bring its secret within {duration_text(length)}?",
        verb="Arm it",
        facts=choices(
            [
                ("source", source.name),
                ("kept as", free[0] if free else "every name has a value"),
                ("expected for", duration_text(length)),
                ("taken from", ", ".join(networks) or "any address that has the token"),
            ]
        ),
        notes=(
            "Only the first call with the token is accepted. The address with the token is shown once: give it to the sender now.",
        ),
        fields=(
            Field(name="length", label="For", kind="text", value=words.get("length") or _USUAL, hint="Up to 1d"),
            Field(
                name="networks",
                label="Only from",
                kind="text",
                value=words.get("networks", ""),
                hint="Networks such as 203.0.113.0/24, separated by spaces. Empty: any",
            ),
        ),
        refusal=None
        if free
        else "All secrets of this source already have a value: add a new name before them in hookline.toml.",
        document={"source": source.name, "secret": free[0] if free else None, "networks": networks},
    )


def _arm(room: ControlRoom, words: Words, run: Run, _advance: Advance) -> Result:
    source = learning_source(room.config(), words["source"])
    length, networks = _read_length(words), tuple(_read_networks(words))
    token, until = secrets.token_urlsafe(_TOKEN_BYTES), run.at + length
    given = _given(room, source)
    name = arm(room.arming, source, room.audit, run, given=given, until=until, token=token, networks=networks)
    path = handshake_address(source, token)
    address = path if room.webhook_url is None else room.webhook_url(path)
    return Result(
        said=f"{source.name} expects its secret for {duration_text(length)}, and will store it as {name}.",
        lines=(
            "Create the webhook at the sender now, with the address below. It is shown only here, and only to you.",
        ),
        secret_line=address,
        document={"source": source.name, "secret": name, "until": moment_text(until), "from": list(networks)},
        secret_document={"address": address},
    )


def _given(room: ControlRoom, source: Source) -> frozenset[str]:
    """The names that already have a value."""
    found = set(room.arming.kept_at(source.secret_names))
    for name in source.secret_names:
        with suppress(UnavailableError, OperatorError):
            found |= {secret.name for secret in room.secrets().read([name])}
    return frozenset(found)


def _read_length(words: Words) -> timedelta:
    try:
        return _length(words.get("length", "").strip() or _USUAL)
    except UnusableError as error:
        raise Rejected("parameter_invalid", f"the time {error}") from None


def _read_networks(words: Words) -> list[str]:
    try:
        return [str(ip_network(text, strict=False)) for text in words.get("networks", "").replace(",", " ").split()]
    except ValueError as error:
        raise Rejected("parameter_invalid", str(error)) from None


def _pause(room: ControlRoom, name: str) -> Pause | None:
    found = room.pauses.pauses.all()
    wanted = (one for one in found if (one.kind, one.name) == (Paused.SOURCE, name))
    return next((one for one in wanted if one.state is not PauseState.RELEASED), None)


def _why_not_paused(name: str, paused: Pause | None, wanted: PauseState) -> str | None:
    """Why the source cannot be paused like this; a paused source may be held instead, and a resuming one may be paused again."""
    return f"{name} is already {wanted}." if paused is not None and paused.state is wanted else None


def _why_not_resumed(name: str, paused: Pause | None) -> str | None:
    if paused is None:
        return f"{name} is not paused."
    return (
        f"{name} is already resumed; its held events are being put on their queues."
        if paused.state is PauseState.RELEASING
        else None
    )


PAUSE_SOURCE: Final = Action(name="pause", plan=_plan_pause, work=_pause_it, back=_back, tab="sources")
RESUME_SOURCE: Final = Action(
    name="resume", plan=_plan_resume, work=_resume_it, back=_back, tab="sources", needs_reason=False
)
ARM: Final = Action(name="arm", plan=_plan_arm, work=_arm, back=_back, tab="sources")
