"""What commands do through a control room: the plan first, then the action, which is waited for."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final  # Any: JSON documents

import click

from hookline.cli.error_codes import CommandFailedError
from hookline.cli.exit_codes import FAILED
from hookline.cli.output import print_fields, print_json
from hookline.cli.terminal import safe
from hookline.config.units import duration_text
from hookline.error_codes import CODES
from hookline.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from hookline.cli.reasons import Asked
    from hookline.cli.remote.api import Api

__all__ = ["arm", "pause_queue", "pause_source", "purge", "redrive", "replay", "resume_queue", "resume_source", "retry"]

_BY_COMMAND: Final = "asked for on the command line"
_LOOK_EVERY: Final = 0.5  # seconds
_WORDS: Final = ("source", "type", "status", "since", "until", "where", "queue", "rate")


def redrive(api: Api, *, queue: str, as_json: bool, asked: Asked, **bounds: Any) -> None:
    """``hookline queues redrive``."""
    body = {"max": bounds["most"], "rate": bounds["rate"] and int(bounds["rate"]), "where": bounds["where"]}
    _asked(api, ("queues", queue, "redrive"), body, asked, as_json=as_json)


def purge(api: Api, *, queue: str, as_json: bool, asked: Asked, **_: Any) -> None:
    """``hookline queues purge``."""
    _asked(api, ("queues", queue, "purge"), {}, asked, as_json=as_json, must_ask=True)


def pause_queue(api: Api, *, queue: str, reason: str | None, **_: Any) -> None:
    """``hookline queues pause``."""
    _done(api, ("queues", queue, "pause"), {"reason": reason or _BY_COMMAND})


def resume_queue(api: Api, *, name: str, reason: str | None, **_: Any) -> None:
    """``hookline queues resume``."""
    _done(api, ("queues", name, "resume"), {"reason": reason})


def pause_source(api: Api, *, source: str, hold: bool, reason: str | None, **_: Any) -> None:
    """``hookline sources pause``."""
    _done(api, ("sources", source, "pause"), {"hold": hold, "reason": reason or _BY_COMMAND})


def resume_source(api: Api, *, name: str, reason: str | None, **_: Any) -> None:
    """``hookline sources resume``."""
    _done(api, ("sources", name, "resume"), {"reason": reason})


def arm(
    api: Api,
    *,
    name: str,
    length: timedelta,
    networks: tuple[str, ...],
    no_token: bool,
    reason: str | None,
    as_json: bool,
    **_: Any,
) -> None:
    """``hookline sources arm``."""
    if no_token:
        raise click.UsageError("with --url the address always has a token")
    body = {"length": duration_text(length), "networks": " ".join(networks) or None, "reason": reason or _BY_COMMAND}
    _done(api, ("sources", name, "arm"), body, as_json=as_json)


def retry(
    api: Api,
    *,
    numbers: tuple[int, ...],
    source: str | None,
    accept_ambiguous: bool,
    reason: str | None,
    dry_run: bool,
    as_json: bool,
    **_: Any,
) -> None:
    """``hookline rejected retry``."""
    body = {"accept_ambiguous": accept_ambiguous, **({} if numbers else {"source": source})}
    named: list[tuple[str, ...]] = [("rejected", str(number), "retry") for number in sorted(set(numbers))]
    paths = named or [("rejected", "retry")]
    for path in paths:
        if dry_run:
            _planned(api, path, body, as_json=as_json)
        else:
            _done(api, path, {**body, "reason": reason or _BY_COMMAND}, as_json=as_json)


def replay(
    api: Api, *, event_ids: tuple[str, ...], as_json: bool, reason: str | None, dry_run: bool, yes: bool, **words: Any
) -> None:
    """``hookline replay``."""
    given = {name: words[name] for name in _WORDS if words.get(name)}
    if words.get("resume") or words.get("fresh"):
        raise click.UsageError("with --url a replay that was stopped goes on when the same command is run again")
    if bool(event_ids) == bool(given.keys() - {"rate"}):
        raise click.UsageError("give ids of events, or options that say which events, and not both")
    if not (reason or dry_run):
        raise click.UsageError("--reason is needed: it is kept in the audit log")
    given |= {"rate": int(given["rate"])} if "rate" in given else {}
    paths: list[tuple[str, ...]] = [("events", one, "replay") for one in event_ids] or [("replay",)]
    body = {"keep_letters": words["keep_dead_letter"]} if event_ids else given
    for path in paths:
        plan = _planned(api, path, body, as_json=as_json)
        if not dry_run:
            if not (yes or as_json) and not event_ids and sys.stdin.isatty():
                click.confirm(plan["question"], abort=True)
            _done(api, path, {**body, "reason": reason}, as_json=as_json)


def _asked(
    api: Api, path: tuple[str, ...], body: Mapping[str, object], asked: Asked, *, as_json: bool, must_ask: bool = False
) -> None:
    plan = _planned(api, path, body, as_json=as_json and asked.dry_run, is_quiet=as_json)
    run = asked.run(plan["question"] or "Go on?", as_json=as_json, must_ask=must_ask)
    if run is not None:
        _done(api, path, {**body, "reason": run.reason}, as_json=as_json)


def _planned(
    api: Api, path: tuple[str, ...], body: Mapping[str, object], *, as_json: bool, is_quiet: bool = False
) -> Any:
    """The plan, printed. Raises CommandFailedError where it cannot be done."""
    plan = api.post(*path, "plan", body=body)
    if as_json:
        print_json(plan["document"])
    elif not is_quiet:
        print_fields((one["name"], one["value"]) for one in plan["facts"])
        for note in plan["notes"]:
            click.echo(safe(note), err=True)
    if plan["refusal"] is not None:
        raise CommandFailedError("api_refused", plan["refusal"])
    return plan


def _done(api: Api, path: tuple[str, ...], body: Mapping[str, object], *, as_json: bool = False) -> None:
    """Do it, wait for its end, and print that."""
    run = api.post(*path, body=body)
    while run["state"] == "running":
        time.sleep(_LOOK_EVERY)
        run = api.get("runs", run["id"])
    if (fault := run["fault"]) is not None:
        code = fault["code"]
        raise (
            OperatorError(code, fault["detail"])
            if code in CODES
            else CommandFailedError("api_refused", fault["detail"])
        )
    if as_json:
        print_json(run["result"])
    else:
        for line in (run["said"], *run["lines"], *([run["secret_line"]] if run["secret_line"] else [])):
            click.echo(safe(line))
    if run["state"] == "partly done":
        raise click.exceptions.Exit(FAILED)
