"""What commands do through a control room: the plan first, then the action, which is waited for.

Each function returns whether everything that was asked for is done. ``talk`` is the person, or the program, in front of the command.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Protocol  # Any: JSON documents

from hookline.config.units import UnusableError, duration_text
from hookline.error_codes import CODES
from hookline.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from hookline.runtimes.control_room_api import Api

__all__ = [
    "Talk",
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
_NO_REASON: Final = "--reason is needed: it is kept in the audit log"


class Talk(Protocol):
    """Who runs the command. A person sees fields and lines and is asked; a program gets documents."""

    def fields(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Show names and values to a person."""

    def line(self, text: str, *, aside: bool = False) -> None:
        """Show a line to a person; ``aside`` is beside the result."""

    def note(self, text: str) -> None:
        """Say something beside the result, to programs too."""

    def document(self, document: object) -> None:
        """Give the result to a program."""

    def confirm(self, question: str, *, yes: bool, must_ask: bool = False) -> None:
        """Go on only when a person agrees. ``must_ask``: where nobody can be asked, only with ``yes``."""


def redrive(api: Api, talk: Talk, *, queue: str, reason: str, dry_run: bool, yes: bool, **bounds: Any) -> bool:
    """``hookline queues redrive``."""
    body = {"max": bounds["most"], "rate": bounds["rate"] and int(bounds["rate"]), "where": bounds["where"]}
    plan, run = _asked(api, talk, ("queues", queue, "redrive"), body, reason=reason, dry_run=dry_run, yes=yes)
    talk.document({**plan["document"], **({} if run is None else run["result"])})
    return True


def purge(api: Api, talk: Talk, *, queue: str, reason: str, dry_run: bool, yes: bool, **_: Any) -> bool:
    """``hookline queues purge``."""
    path = ("queues", queue, "purge")
    plan, run = _asked(api, talk, path, {}, reason=reason, dry_run=dry_run, yes=yes, must_ask=True)
    removed = (None if dry_run else 0) if run is None else run["result"]["removed"]
    talk.document({"plan": plan["document"], "removed": removed})
    return True


def erase(api: Api, talk: Talk, *, reason: str, dry_run: bool, yes: bool, **body: Any) -> bool:
    """``hookline events erase``."""
    chosen = {name: body[name] for name in ("where", "undelivered", "everything", "rewrite")}
    if dry_run:  # also where it would be refused: to see what has to be delivered first
        plan = api.post("erase", "plan", body=chosen)
        talk.document({**plan["document"], "erased": None})
        talk.fields((one["name"], one["value"]) for one in plan["facts"])
        return True
    plan, run = _asked(api, talk, ("erase",), chosen, reason=reason, dry_run=False, yes=yes, must_ask=True)
    talk.document({**plan["document"], "erased": run and run["result"]})
    return run is None or run["state"] == "done"


def move(api: Api, talk: Talk, *, queue: str, to: str, yes: bool, reason: str | None, **_: Any) -> bool:
    """``hookline queues move``."""
    if queue == to:
        raise UnusableError("QUEUE and TO are the same queue")
    if yes and not reason:
        raise UnusableError("--reason is needed to move messages: it is kept in the audit log")
    path = ("queues", queue, "move")
    plan, run = _asked(api, talk, path, {"to": to}, reason=reason, dry_run=not yes, yes=True)
    done = {} if run is None else {"moved": run["result"]["moved"]}
    talk.document({**plan["document"], **({"moved": 0} if yes else {}), **done})
    if not yes:
        talk.line("nothing was moved: add --yes and a --reason to move them", aside=True)
    return True


def pause_queue(api: Api, talk: Talk, *, queue: str, reason: str | None, **_: Any) -> bool:
    """``hookline queues pause``."""
    return _at_once(api, talk, ("queues", queue, "pause"), {"reason": reason or _BY_COMMAND})


def resume_queue(api: Api, talk: Talk, *, name: str, reason: str | None, **_: Any) -> bool:
    """``hookline queues resume``."""
    return _at_once(api, talk, ("queues", name, "resume"), {"reason": reason})


def pause_source(api: Api, talk: Talk, *, source: str, hold: bool, reason: str | None, **_: Any) -> bool:
    """``hookline sources pause``."""
    return _at_once(api, talk, ("sources", source, "pause"), {"hold": hold, "reason": reason or _BY_COMMAND})


def resume_source(api: Api, talk: Talk, *, name: str, reason: str | None, **_: Any) -> bool:
    """``hookline sources resume``."""
    return _at_once(api, talk, ("sources", name, "resume"), {"reason": reason})


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
) -> bool:
    """``hookline sources arm``."""
    if no_token:
        raise UnusableError("with --url the address always has a token")
    body = {"length": duration_text(length), "networks": " ".join(networks) or None, "reason": reason or _BY_COMMAND}
    return _at_once(api, talk, ("sources", name, "arm"), body)


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
) -> bool:
    """``hookline rejected retry``."""
    body = {"accept_ambiguous": accept_ambiguous, **({} if numbers else {"source": source})}
    why = None if dry_run else reason or _BY_COMMAND
    if not numbers:
        return _all_rejected(api, talk, body, reason=why)
    named: dict[str | int, tuple[str, ...]] = {
        number: ("rejected", str(number), "retry") for number in sorted(set(numbers))
    }
    return _each(api, talk, named, body, reason=why, fault_of={"key": "id", "result": "accepted"})


def replay(
    api: Api, talk: Talk, *, event_ids: tuple[str, ...], reason: str | None, dry_run: bool, yes: bool, **words: Any
) -> bool:
    """``hookline replay``."""
    given = {name: words[name] for name in _WORDS if words.get(name)}
    if words.get("resume") or words.get("fresh"):
        raise UnusableError("with --url a replay that was stopped goes on when the same command is run again")
    if bool(event_ids) == bool(given.keys() - {"rate"}):
        raise UnusableError("give ids of events, or options that say which events, and not both")
    if not (reason or dry_run):
        raise UnusableError(_NO_REASON)
    if event_ids:
        body = {"keep_letters": words["keep_dead_letter"]}
        named: dict[str | int, tuple[str, ...]] = {one: ("events", one, "replay") for one in event_ids}
        fault_of = {"key": "event_id", "result": "replayed"}
        return _each(api, talk, named, body, reason=None if dry_run else reason, fault_of=fault_of)
    given |= {"rate": int(given["rate"])} if "rate" in given else {}
    plan, run = _asked(api, talk, ("replay",), given, reason=reason, dry_run=dry_run, yes=yes)
    talk.document({**plan["document"], "replay": run and run["result"]})
    return True


def _at_once(api: Api, talk: Talk, path: tuple[str, ...], body: Mapping[str, object]) -> bool:
    """Do what needs no plan."""
    talk.document(_done(api, talk, path, body)["result"])
    return True


def _all_rejected(api: Api, talk: Talk, body: Mapping[str, object], *, reason: str | None) -> bool:
    """Every request that is kept, or those of one source. A plan looks at the newest of them only."""
    path = ("rejected", "retry")
    plan = _planned(api, talk, path, body)
    results = plan["document"]["results"]
    if reason is not None and not _is_nothing(plan):
        results = _done(api, talk, path, {**body, "reason": reason})["result"]["results"]
    elif reason is None and (left := plan["document"]["requests"] - len(results)):
        talk.note(f"the newest {len(results):,} were looked at, {left:,} were not")
    talk.document(results)
    return not any("error" in one for one in results)


def _each(
    api: Api,
    talk: Talk,
    named: Mapping[str | int, tuple[str, ...]],
    body: Mapping[str, object],
    *,
    reason: str | None,
    fault_of: Mapping[str, str],
) -> bool:
    """Do it to each of those that were named, or only say what would be done where there is no reason. What one cannot do stops none."""
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
                talk.line(f"{name}: {error.detail} [{error.code}]", aside=True)
    finally:  # what was done is printed although the rest could not be asked for
        talk.document(results)
    return not any("error" in one for one in results)


def _one(api: Api, talk: Talk, path: tuple[str, ...], body: Mapping[str, object], *, reason: str | None) -> list[Any]:
    if reason is None:
        results: list[Any] = _planned(api, talk, path, body)["document"]["results"]
    else:
        results = _done(api, talk, path, {**body, "reason": reason})["result"]["results"]
    return results


def _asked(
    api: Api,
    talk: Talk,
    path: tuple[str, ...],
    body: Mapping[str, object],
    *,
    reason: str | None,
    dry_run: bool,
    yes: bool,
    must_ask: bool = False,
) -> tuple[Any, Any]:
    """The plan and the run, which is None where nothing was to be done."""
    plan = _planned(api, talk, path, body)
    if _is_nothing(plan):
        talk.line(plan["refusal"])
        return plan, None
    if dry_run:
        return plan, None
    talk.confirm(plan["question"] or "Go on?", yes=yes, must_ask=must_ask)
    return plan, _done(api, talk, path, {**body, "reason": reason})


def _is_nothing(plan: Any) -> bool:
    """Whether the plan is possible, and concerns nothing."""
    return plan["refusal"] is not None and plan["total"] == 0


def _planned(api: Api, talk: Talk, path: tuple[str, ...], body: Mapping[str, object]) -> Any:
    """The plan, printed. Raises OperatorError where it cannot be done."""
    plan = api.post(*path, "plan", body=body)
    talk.fields((one["name"], one["value"]) for one in plan["facts"])
    for note in plan["notes"]:
        talk.line(note, aside=True)
    if plan["refusal"] is not None and not _is_nothing(plan):
        raise OperatorError("api_refused", plan["refusal"])
    return plan


def _done(api: Api, talk: Talk, path: tuple[str, ...], body: Mapping[str, object]) -> Any:
    """Do it, wait for its end, and print that. Raises what it failed with."""
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
