"""What commands do through a control room: the plan first, then the action, which is waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final  # Any: JSON documents

import click

from hookline.cli.exit_codes import FAILED
from hookline.cli.output import print_fields, print_json
from hookline.cli.reasons import Asked
from hookline.cli.terminal import safe
from hookline.config.units import duration_text
from hookline.error_codes import CODES
from hookline.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from hookline.runtimes.control_room_api import Api

__all__ = [
    "arm",
    "erase",
    "move",
    "pause_queue",
    "pause_source",
    "purge",
    "redrive",
    "replay",
    "resume_queue",
    "resume_source",
    "retry",
]

_BY_COMMAND: Final = "asked for on the command line"
_LOOK_EVERY: Final = 0.5  # seconds
_OF_ONE: Final = ("api_refused", "not_found", "not_possible_now", "not_replayable")
"""Codes of what cannot be done to one of those that were named: the others can be done."""

_WORDS: Final = ("source", "type", "status", "since", "until", "where", "queue", "rate")


def redrive(api: Api, *, queue: str, as_json: bool, asked: Asked, **bounds: Any) -> None:
    """``hookline queues redrive``."""
    body = {"max": bounds["most"], "rate": bounds["rate"] and int(bounds["rate"]), "where": bounds["where"]}
    plan, run = _asked(api, ("queues", queue, "redrive"), body, asked, as_json=as_json)
    if as_json:
        print_json({**plan["document"], **({} if run is None else run["result"])})


def purge(api: Api, *, queue: str, as_json: bool, asked: Asked, **_: Any) -> None:
    """``hookline queues purge``."""
    plan, run = _asked(api, ("queues", queue, "purge"), {}, asked, as_json=as_json, must_ask=True)
    if as_json:
        removed = (None if asked.dry_run else 0) if run is None else run["result"]["removed"]
        print_json({"plan": plan["document"], "removed": removed})


def erase(api: Api, *, as_json: bool, asked: Asked, **body: Any) -> None:
    """``hookline events erase``."""
    chosen = {name: body[name] for name in ("where", "undelivered", "everything", "rewrite")}
    if asked.dry_run:  # also where it would be refused: to see what has to be delivered first
        plan = api.post("erase", "plan", body=chosen)
        if as_json:
            print_json({**plan["document"], "erased": None})
        else:
            print_fields((one["name"], one["value"]) for one in plan["facts"])
        return
    plan, run = _asked(api, ("erase",), chosen, asked, as_json=as_json, must_ask=True)
    if as_json:
        print_json({**plan["document"], "erased": run and run["result"]})
    if run is not None and run["state"] != "done":
        raise click.exceptions.Exit(FAILED)


def move(api: Api, *, queue: str, to: str, yes: bool, reason: str | None, as_json: bool, **_: Any) -> None:
    """``hookline queues move``."""
    if queue == to:
        raise click.UsageError("QUEUE and TO are the same queue")
    if yes and not reason:
        raise click.UsageError("--reason is needed to move messages: it is kept in the audit log")
    asked = Asked(reason=reason, dry_run=not yes, yes=True)
    plan, run = _asked(api, ("queues", queue, "move"), {"to": to}, asked, as_json=as_json)
    if as_json:
        done = {} if run is None else {"moved": run["result"]["moved"]}
        print_json({**plan["document"], **({"moved": 0} if yes else {}), **done})
    elif not yes:
        click.echo("nothing was moved: add --yes and a --reason to move them", err=True)


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
    run = _done(api, ("sources", name, "arm"), body, is_quiet=as_json)
    if as_json:
        print_json(run["result"])


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
    why = None if dry_run else reason or _BY_COMMAND
    if numbers:
        named: dict[str | int, tuple[str, ...]] = {
            number: ("rejected", str(number), "retry") for number in sorted(set(numbers))
        }
        _each(api, named, body, reason=why, as_json=as_json, fault_of={"key": "id", "result": "accepted"})
    else:
        _all_rejected(api, body, reason=why, as_json=as_json)


def _all_rejected(api: Api, body: Mapping[str, object], *, reason: str | None, as_json: bool) -> None:
    """Every request that is kept, or those of one source. A plan looks at the newest of them only."""
    path = ("rejected", "retry")
    plan = _planned(api, path, body, is_quiet=as_json)
    results = plan["document"]["results"]
    if reason is not None and not _is_nothing(plan):
        results = _done(api, path, {**body, "reason": reason}, is_quiet=as_json)["result"]["results"]
    elif reason is None and (left := plan["document"]["requests"] - len(results)):
        click.echo(f"the newest {len(results):,} were looked at, {left:,} were not", err=True)
    if as_json:
        print_json(results)
    if any("error" in one for one in results):
        raise click.exceptions.Exit(FAILED)


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
    if event_ids:
        body = {"keep_letters": words["keep_dead_letter"]}
        named: dict[str | int, tuple[str, ...]] = {one: ("events", one, "replay") for one in event_ids}
        fault_of = {"key": "event_id", "result": "replayed"}
        _each(api, named, body, reason=None if dry_run else reason, as_json=as_json, fault_of=fault_of)
    else:
        given |= {"rate": int(given["rate"])} if "rate" in given else {}
        _replay_many(api, given, Asked(reason=reason, dry_run=dry_run, yes=yes), as_json=as_json)


def _replay_many(api: Api, body: Mapping[str, object], asked: Asked, *, as_json: bool) -> None:
    plan, run = _asked(api, ("replay",), body, asked, as_json=as_json)
    if as_json:
        print_json({**plan["document"], "replay": run and run["result"]})


def _each(
    api: Api,
    named: Mapping[str | int, tuple[str, ...]],
    body: Mapping[str, object],
    *,
    reason: str | None,
    as_json: bool,
    fault_of: Mapping[str, str],
) -> None:
    """Do it to each of those that were named, or only say what would be done where there is no reason. What one cannot do stops none."""
    results: list[Any] = []
    try:
        for name, path in named.items():
            try:
                results += _one(api, path, body, reason=reason, is_quiet=as_json)
            except OperatorError as error:
                if error.code not in _OF_ONE:
                    raise
                fault = {"code": error.code, "detail": error.detail, "remedy": error.remedy}
                results.append({fault_of["key"]: name, fault_of["result"]: False, "error": fault})
                if not as_json:
                    click.echo(safe(f"{name}: {error.detail} [{error.code}]"), err=True)
    finally:  # what was done is printed although the rest could not be asked for
        if as_json:
            print_json(results)
    if any("error" in one for one in results):
        raise click.exceptions.Exit(FAILED)


def _one(
    api: Api, path: tuple[str, ...], body: Mapping[str, object], *, reason: str | None, is_quiet: bool
) -> list[Any]:
    if reason is None:
        results: list[Any] = _planned(api, path, body, is_quiet=is_quiet)["document"]["results"]
    else:
        results = _done(api, path, {**body, "reason": reason}, is_quiet=is_quiet)["result"]["results"]
    return results


def _asked(
    api: Api, path: tuple[str, ...], body: Mapping[str, object], asked: Asked, *, as_json: bool, must_ask: bool = False
) -> tuple[Any, Any]:
    """The plan and the run, which is None where nothing was to be done."""
    plan = _planned(api, path, body, is_quiet=as_json)
    if _is_nothing(plan):
        if not as_json:
            click.echo(safe(plan["refusal"]))
        return plan, None
    run = asked.run(plan["question"] or "Go on?", as_json=as_json, must_ask=must_ask)
    if run is None:
        return plan, None
    return plan, _done(api, path, {**body, "reason": run.reason}, is_quiet=as_json)


def _is_nothing(plan: Any) -> bool:
    """Whether the plan is possible, and concerns nothing."""
    return plan["refusal"] is not None and plan["total"] == 0


def _planned(api: Api, path: tuple[str, ...], body: Mapping[str, object], *, is_quiet: bool = False) -> Any:
    """The plan, printed. Raises OperatorError where it cannot be done."""
    plan = api.post(*path, "plan", body=body)
    if not is_quiet:
        print_fields((one["name"], one["value"]) for one in plan["facts"])
        for note in plan["notes"]:
            click.echo(safe(note), err=True)
    if plan["refusal"] is not None and not _is_nothing(plan):
        raise OperatorError("api_refused", plan["refusal"])
    return plan


def _done(api: Api, path: tuple[str, ...], body: Mapping[str, object], *, is_quiet: bool = False) -> Any:
    """Do it, wait for its end, and print that. Raises what it failed with."""
    run = api.post(*path, body=body)
    while run["state"] == "running":
        time.sleep(_LOOK_EVERY)
        run = api.get("runs", run["id"])
    if (fault := run["fault"]) is not None:
        code = fault["code"]
        raise (OperatorError(code, fault["detail"]) if code in CODES else OperatorError("api_refused", fault["detail"]))
    if not is_quiet:
        for line in (run["said"], *run["lines"], *([run["secret_line"]] if run["secret_line"] else [])):
            click.echo(safe(line))
    return run
