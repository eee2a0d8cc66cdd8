"""``hookline replay`` on a data directory or on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias  # Any: each option has its own type

from hookline.config import load
from hookline.config.units import UnusableError
from hookline.dashboard.actions.pace import replay_at
from hookline.domain.counted import counted
from hookline.pipeline.bulk_replay import ReplayRequest
from hookline.pipeline.documents import replayed_document
from hookline.pipeline.replay_plan import plan_fields, replay_document, replay_plan_document, replayed_row
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.aws_lambda.wiring import commands as aws
from hookline.runtimes.embedded.wiring import commands as embedded
from hookline.runtimes.operator import fresh_run
from hookline.runtimes.talk import Asked, Change, carry_out, check_chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.config import Config
    from hookline.pipeline.bulk_replay import BulkReplay, Prepared, ReplayPlan
    from hookline.pipeline.replay import Replayed
    from hookline.ports.replays import ReplayRecord
    from hookline.runtimes.opened import Where
    from hookline.runtimes.talk import Talk

__all__ = ["Price", "replay_events"]

Price: TypeAlias = "Callable[[ReplayPlan], float]"
"""What a replay on AWS costs, in dollars."""

_HOW = ("resume", "rate", "fresh", "yes")
"""Options that do not choose events."""


def replay_events(
    talk: Talk,
    *,
    place: Where,
    event_ids: Sequence[str],
    reason: str | None,
    dry_run: bool,
    keep_dead_letter: bool,
    config_path: Path,
    price: Price,
    **options: Any,
) -> None:
    """``hookline replay``. Raises UnusableError."""
    given = {name: value for name, value in options.items() if value not in (None, False)}
    check_chosen(event_ids, given)
    asked = Asked(reason=reason, dry_run=dry_run, yes=bool(given.get("yes")))
    if not given:
        config = load(config_path) if place.environment is None or config_path.exists() else None
        _replay_named(talk, place, event_ids, config, asked, keep_letters=keep_dead_letter)
    elif reason or dry_run or given.get("resume"):
        _replay_many(talk, place, given, load(config_path), asked, price)
    else:
        raise UnusableError("--reason is needed to replay events without naming them by their ids")


def _replay_named(
    talk: Talk, place: Where, event_ids: Sequence[str], config: Config | None, asked: Asked, *, keep_letters: bool
) -> None:
    notes: Sequence[str] = ["nothing was changed: this is only the plan"]
    if asked.dry_run:
        results = _foreseen(place, event_ids, config)
    else:
        results, notes = _replayed(place, event_ids, config, asked.reason, keep_letters=keep_letters)
    failed = any(result.fault for result in results)
    columns = ("event", "result", "queues")
    rows, documents = map(replayed_row, results), map(replayed_document, results)
    talk.show(listed(columns, rows, documents, notes=notes, failed=failed))


def _foreseen(place: Where, event_ids: Sequence[str], config: Config | None) -> Sequence[Replayed]:
    """What a replay would do with each event."""
    if place.environment is not None:
        return aws.foresee_replay(place.environment, config, event_ids)
    assert config is not None  # noqa: S101 -- only an environment needs none
    return embedded.foresee_replay(place.data_dir, config, event_ids)


def _replayed(
    place: Where, event_ids: Sequence[str], config: Config | None, reason: str | None, *, keep_letters: bool
) -> tuple[Sequence[Replayed], Sequence[str]]:
    """The result for each event, and what else a person has to know."""
    run = fresh_run(reason)
    if place.environment is not None:
        results, letters = aws.replay_events(place.environment, config, event_ids, run=run, keep_letters=keep_letters)
    else:
        assert config is not None  # noqa: S101 -- only an environment needs none
        results, letters = embedded.replay_events(place.data_dir, config, event_ids, run=run, keep_letters=keep_letters)
    return results, letters.lines()


def _replay_many(
    talk: Talk, place: Where, given: Mapping[str, Any], config: Config, asked: Asked, price: Price
) -> None:
    run = fresh_run(asked.reason)
    words = {name: value for name, value in given.items() if name not in _HOW}
    request = ReplayRequest.of(words, run.at)
    resume, rate = given.get("resume"), given.get("rate")
    with _opened(place, config) as replays:
        prepared = replays.prepare(request, run, resume=resume, fresh=bool(given.get("fresh")))
        cost = price(prepared.plan) if prepared.plan and place.environment else None
        change = Change(
            fields=plan_fields(prepared, cost),
            question="Replay them?",
            work=lambda run, advance: replay_at(rate, replays, prepared.replay, run, advance),
            result=lambda done: _replayed_many(prepared, cost, done),
            total=prepared.replay.matched - prepared.replay.replayed,
            doing="replaying",
        )
        carry_out(change, asked, talk, run)


def _opened(place: Where, config: Config) -> AbstractContextManager[BulkReplay]:
    if place.environment is not None:
        return aws.open_bulk_replay(place.environment, config)
    return embedded.open_bulk_replay(place.data_dir, config)


def _replayed_many(prepared: Prepared, cost: float | None, done: ReplayRecord | None) -> Shown:
    plan = prepared.plan and replay_plan_document(prepared.plan, cost)
    if done is None:
        return Shown(document={"plan": plan, "replay": None})
    said = f"replayed {counted(done.replayed, 'event')}, left out {done.left_out:,}: replay {done.id}"
    return Shown(document={"plan": plan, "replay": replay_document(done)}, parts=[said])
