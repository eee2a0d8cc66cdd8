"""``hookline queues pause|resume`` and ``hookline sources pause|resume`` on a data directory or on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.config import load
from hookline.domain.counted import counted
from hookline.domain.pause import Paused
from hookline.pipeline.pauses import source_warning
from hookline.pipeline.shown import Lines, Shown
from hookline.runtimes.aws_lambda.wiring.queues import open_pause_actions
from hookline.runtimes.embedded.wiring.commands import pause_actions
from hookline.runtimes.operator import fresh_run

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.runtimes.opened import Where
    from hookline.runtimes.talk import Talk

__all__ = ["pause_queue", "pause_source", "resume_queue", "resume_source"]

_PAUSED: Final = "{0} is paused until `hookline {1}s resume {0}`: {2}"


def pause_queue(talk: Talk, *, place: Where, queue: str, reason: str | None) -> None:
    """``hookline queues pause``."""
    with place.open(pause_actions, open_pause_actions) as actions:
        actions.pause(Paused.QUEUE, queue, fresh_run(reason))
    said = Lines(lines=[_PAUSED.format(queue, "queue", "it gives out no messages")])
    talk.show(Shown(document={"queue": queue, "paused": True}, parts=[said]))


def pause_source(talk: Talk, *, place: Where, source: str, hold: bool, reason: str | None, config_path: Path) -> None:
    """``hookline sources pause``."""
    warning = source_warning(load(config_path), source)
    with place.open(pause_actions, open_pause_actions) as actions:
        actions.pause(Paused.SOURCE, source, fresh_run(reason), hold=hold)
    said = Lines(lines=[_PAUSED.format(source, "source", "events are held" if hold else "senders get 503")])
    document = {"source": source, "paused": True, "hold": hold}
    warnings = [] if warning is None or hold else [f"warning: {warning}"]
    talk.show(Shown(document=document, parts=[said], warnings=warnings))


def resume_queue(talk: Talk, *, place: Where, name: str, reason: str | None) -> None:
    """``hookline queues resume``."""
    _resume(talk, place, Paused.QUEUE, name, reason)


def resume_source(talk: Talk, *, place: Where, name: str, reason: str | None) -> None:
    """``hookline sources resume``."""
    _resume(talk, place, Paused.SOURCE, name, reason)


def _resume(talk: Talk, place: Where, kind: Paused, name: str, reason: str | None) -> None:
    with place.open(pause_actions, open_pause_actions) as actions:
        held = actions.resume(kind, name, fresh_run(reason))
    rest = f"; {counted(held, 'held event goes', 'held events go')} to their queues first" if held else ""
    document = {kind.value: name, "paused": False} | ({"held": held} if kind is Paused.SOURCE else {})
    talk.show(Shown(document=document, parts=[Lines(lines=[f"{name} is resumed{rest}"])]))
