"""What commands do through a control room: the plan first, then the action, whose end is waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final  # Any: JSON documents

from hookline.config.units import UnusableError, duration_text
from hookline.error_codes import CODES
from hookline.errors import OperatorError
from hookline.pipeline.shown import Shown
from hookline.runtimes.talk import NOT_MOVED, Asked, asked_move, check_chosen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from hookline.runtimes.control_room_api import Api
    from hookline.runtimes.talk import Talk

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
"""Codes of errors that concern one of the named objects only: the action is still done for the others."""
_WORDS: Final = ("source", "type", "status", "since", "until", "where", "queue", "rate")
_NO_REASON: Final = "--reason is needed: it is kept in the audit log"


def redrive(api: Api, talk: Talk, *, queue: str, asked: Asked, **bounds: Any) -> None:
    """``hookline queues redrive``."""
    body = {"max": bounds["most"], "rate": bounds["rate"] and int(bounds["rate"]), "where": bounds["where"]}
    plan, run = _asked(api, talk, ("queues", queue, "redrive"), body, asked)
    talk.show(Shown(document={**plan["document"], **({} if run is None else run["result"])}))


def purge(api: Api, talk: Talk, *, queue: str, asked: Asked, **_: Any) -> None:
    """``hookline queues purge``."""
    plan, run = _asked(api, talk, ("queues", queue, "purge"), {}, asked, must_ask=True)
    removed = (None if asked.dry_run else 0) if run is None else run["result"]["removed"]
    talk.show(Shown(document={"plan": plan["document"], "removed": removed}))


def erase(api: Api, talk: Talk, *, asked: Asked, **body: Any) -> None:
    """``hookline events erase``."""
    chosen = {name: body[name] for name in ("where", "undelivered", "everything", "rewrite")}
    if asked.dry_run:  # even if it would be refused, to see what has to be delivered first
        plan, run = api.post("erase", "plan", body=chosen), None
        talk.fields((one["name"], one["value"]) for one in plan["facts"])
    else:
        plan, run = _asked(api, talk, ("erase",), chosen, asked, must_ask=True)
    document = {**plan["document"], "erased": run and run["result"]}
    talk.show(Shown(document=document, failed=run is not None and run["state"] != "done"))


def move(api: Api, talk: Talk, *, queue: str, to: str, yes: bool, reason: str | None, **_: Any) -> None:
    """``hookline queues move``. Raises UnusableError."""
    asked = asked_move(queue, to, yes=yes, reason=reason)
    plan, run = _asked(api, talk, ("queues", queue, "move"), {"to": to}, asked)
    moved = {} if asked.dry_run else {"moved": 0 if run is None else run["result"]["moved"]}
    talk.show(Shown(document={**plan["document"], **moved}, notes=[NOT_MOVED] if asked.dry_run else []))


def pause_queue(api: Api, talk: Talk, *, queue: str, reason: str | None, **_: Any) -> None:
    """``hookline queues pause``."""
    _now(api, talk, ("queues", queue, "pause"), {"reason": reason or _BY_COMMAND})


def resume_queue(api: Api, talk: Talk, *, name: str, reason: str | None, **_: Any) -> None:
    """``hookline queues resume``."""
    _now(api, talk, ("queues", name, "resume"), {"reason": reason})


def pause_source(api: Api, talk: Talk, *, source: str, hold: bool, reason: str | None, **_: Any) -> None:
    """``hookline sources pause``."""
    _now(api, talk, ("sources", source, "pause"), {"hold": hold, "reason": reason or _BY_COMMAND})


def resume_source(api: Api, talk: Talk, *, name: str, reason: str | None, **_: Any) -> None:
    """``hookline sources resume``."""
    _now(api, talk, ("sources", name, "resume"), {"reason": reason})


def arm(
    api: Api,
    talk: Talk,
    *,
    name: str,
    length: timedelta,
    networks: tuple[str, ...],
    no_token: bool,
    reason: str | None,
    **_: Any,
) -> None:
    """``hookline sources arm``."""
    if no_token:
        raise UnusableError("with --url the address always has a token")
    body = {"length": duration_text(length), "networks": " ".join(networks) or None, "reason": reason or _BY_COMMAND}
    _now(api, talk, ("sources", name, "arm"), body)


def retry(
    api: Api,
    talk: Talk,
    *,
    numbers: tuple[int, ...],
    source: str | None,
    accept_ambiguous: bool,
    reason: str | None,
    dry_run: bool,
    **_: Any,
) -> None:
    """``hookline rejected retry``."""
    body = {"accept_ambiguous": accept_ambiguous, **({} if numbers else {"source": source})}
    why = None if dry_run else reason or _BY_COMMAND
    if not numbers:
        _all_rejected(api, talk, body, reason=why)
        return
    named: dict[str | int, tuple[str, ...]] = {
        number: ("rejected", str(number), "retry") for number in sorted(set(numbers))
    }
    _each(api, talk, named, body, reason=why, fault_of={"key": "id", "result": "accepted"})


def replay(
    api: Api, talk: Talk, *, event_ids: tuple[str, ...], reason: str | None, dry_run: bool, yes: bool, **words: Any
) -> None:
    """``hookline replay``. Raises UnusableError."""
    given = {name: words[name] for name in _WORDS if words.get(name)}
    if words.get("resume") or words.get("fresh"):
        raise UnusableError("with --url a replay that was stopped is continued when the same command is run again")
    check_chosen(event_ids, given)
    if not (reason or dry_run):
        raise UnusableError(_NO_REASON)
    if event_ids:
        body = {"keep_letters": words["keep_dead_letter"]}
        named: dict[str | int, tuple[str, ...]] = {one: ("events", one, "replay") for one in event_ids}
        fault_of = {"key": "event_id", "result": "replayed"}
        _each(api, talk, named, body, reason=None if dry_run else reason, fault_of=fault_of)
        return
    given |= {"rate": int(given["rate"])} if "rate" in given else {}
    plan, run = _asked(api, talk, ("replay",), given, Asked(reason=reason, dry_run=dry_run, yes=yes))
    talk.show(Shown(document={**plan["document"], "replay": run and run["result"]}))


def _now(api: Api, talk: Talk, path: tuple[str, ...], body: Mapping[str, object]) -> None:
    """Do an action that needs no plan."""
    talk.show(Shown(document=_done(api, talk, path, body)["result"]))


def _all_rejected(api: Api, talk: Talk, body: Mapping[str, object], *, reason: str | None) -> None:
    """Retry every stored request, or those of one source. A plan checks only the newest ones."""
    path = ("rejected", "retry")
    plan = _planned(api, talk, path, body)
    results, warnings = plan["document"]["results"], []
    if reason is not None and not _is_nothing(plan):
        results = _done(api, talk, path, {**body, "reason": reason})["result"]["results"]
    elif reason is None and (left := plan["document"]["requests"] - len(results)):
        warnings = [f"only the newest {len(results):,} were checked, {left:,} were not"]
    talk.show(Shown(document=results, warnings=warnings, failed=any("error" in one for one in results)))


def _each(
    api: Api,
    talk: Talk,
    named: Mapping[str | int, tuple[str, ...]],
    body: Mapping[str, object],
    *,
    reason: str | None,
    fault_of: Mapping[str, str],
) -> None:
    """Do the action for each named object; without a reason, only show the plan. An error of one does not stop the others."""
    results: list[Any] = []
    try:
        for name, path in named.items():
            try:
                results += _one(api, talk, path, body, reason=reason)
            except OperatorError as error:
                if error.code not in _OF_ONE:
                    raise
                fault = {"code": error.code, "detail": error.detail, "remedy": error.remedy}
                results.append({fault_of["key"]: name, fault_of["result"]: False, "error": fault})
                talk.note(f"{name}: {error.detail} [{error.code}]")
    except BaseException:
        talk.show(Shown(document=results))  # finished actions are shown even if a later request failed
        raise
    talk.show(Shown(document=results, failed=any("error" in one for one in results)))


def _one(api: Api, talk: Talk, path: tuple[str, ...], body: Mapping[str, object], *, reason: str | None) -> list[Any]:
    if reason is None:
        results: list[Any] = _planned(api, talk, path, body)["document"]["results"]
    else:
        results = _done(api, talk, path, {**body, "reason": reason})["result"]["results"]
    return results


def _asked(
    api: Api, talk: Talk, path: tuple[str, ...], body: Mapping[str, object], asked: Asked, *, must_ask: bool = False
) -> tuple[Any, Any]:
    """The plan and the run; the run is None where nothing had to be done."""
    plan = _planned(api, talk, path, body)
    if _is_nothing(plan):
        talk.line(plan["refusal"])
        return plan, None
    if asked.dry_run:
        return plan, None
    talk.confirm(plan["question"] or "Continue?", yes=asked.yes, must_ask=must_ask)
    return plan, _done(api, talk, path, {**body, "reason": asked.reason})


def _is_nothing(plan: Any) -> bool:
    """Whether the plan is possible but affects nothing."""
    return plan["refusal"] is not None and plan["total"] == 0


def _planned(api: Api, talk: Talk, path: tuple[str, ...], body: Mapping[str, object]) -> Any:
    """Print and return the plan. Raises OperatorError where it cannot be done."""
    plan = api.post(*path, "plan", body=body)
    talk.fields((one["name"], one["value"]) for one in plan["facts"])
    for note in plan["notes"]:
        talk.note(note)
    if plan["refusal"] is not None and not _is_nothing(plan):
        raise OperatorError("api_refused", plan["refusal"])
    return plan


def _done(api: Api, talk: Talk, path: tuple[str, ...], body: Mapping[str, object]) -> Any:
    """Do the action, wait for its end, and print the result. Raises the error with which it failed."""
    run = api.post(*path, body=body)
    while run["state"] == "running":
        time.sleep(_LOOK_EVERY)
        run = api.get("runs", run["id"])
    if (fault := run["fault"]) is not None:
        code = fault["code"]
        raise (OperatorError(code, fault["detail"]) if code in CODES else OperatorError("api_refused", fault["detail"]))
    for line in (run["said"], *run["lines"], *([run["secret_line"]] if run["secret_line"] else [])):
        talk.line(line)
    return run
