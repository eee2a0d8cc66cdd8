"""``hookline replay``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any  # Any: what an option takes is its own affair

import click

from hookline.cli.exit_codes import FAILED
from hookline.cli.options import config_option, data_dir_option, example, json_option
from hookline.cli.output import print_fields, print_json, print_list, progress_bar
from hookline.cli.over_network import acts_at_url
from hookline.cli.reasons import fresh_run
from hookline.cli.targets import target_option
from hookline.cli.values import FiniteRange, refused_as_usage, search_options
from hookline.config import load
from hookline.dashboard.actions.pace import replay_at
from hookline.domain.counted import counted
from hookline.infra.plan import read_prices, replay_cost
from hookline.pipeline.bulk_replay import ReplayRequest
from hookline.pipeline.documents import replayed_document
from hookline.pipeline.replay_plan import plan_fields, replay_document, replay_plan_document, replayed_row
from hookline.runtimes.aws_lambda.wiring import commands as aws
from hookline.runtimes.embedded.wiring import commands as embedded
from hookline.runtimes.remote import acts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hookline.config import Config
    from hookline.pipeline.audited import Run
    from hookline.pipeline.replay import Replayed

__all__ = ["replay"]

_HOW = frozenset({"fresh", "rate", "yes"})
"""Options that choose no event: a command with only these would replay everything."""
_ONLY_PLANNED = ("nothing was changed: this is only the plan",)


@click.command(
    epilog=example(
        "hookline replay transactions:evt_1 transactions:evt_2 --target aws:prod",
        "hookline replay --since 2h --type payment --queue payments --dry-run",
        "hookline replay --since 2h --type payment --queue payments --reason 'the consumer lost them'",
    )
)
@click.argument("event_ids", metavar="[EVENT_ID...]", nargs=-1)
@search_options
@click.option("--where", metavar="PATTERN", help="Only events whose message this event pattern (JSON) matches.")
@click.option("--queue", help="Only events that go to this queue, and only to it.")
@click.option("--reason", help="Why: needed unless events are named by their ids, and kept in the audit log.")
@click.option("--dry-run", is_flag=True, help="Only print the plan.")
@click.option("--rate", type=FiniteRange(0.1, 1e6), help="At most so many events a second.")
@click.option("--resume", metavar="REPLAY_ID", help="Go on with a replay that was stopped or killed.")
@click.option("--fresh", is_flag=True, help="Begin anew, although the same replay was not finished.")
@click.option("--yes", is_flag=True, help="Do not ask at a terminal.")
@click.option("--keep-dead-letter", is_flag=True, help="Leave dead letters of events that are named by their ids.")
@target_option
@config_option
@data_dir_option
@json_option
@acts_at_url(acts.replay)
def replay(
    *,
    event_ids: tuple[str, ...],
    environment: str | None,
    config_path: Path,
    data_dir: Path,
    as_json: bool,
    reason: str | None,
    keep_dead_letter: bool,
    dry_run: bool,
    **asked: Any,
) -> None:
    """Put stored events through the routes again: those of these ids, or those that the options describe.

    Consumers get them once more; every message carries the event id, and the replay's id. Dead letters of events that are named by their
    ids are removed from the queues that get them again. Without ids the plan comes first. A replay
    that was stopped or killed goes on where it was when the same command is run again.
    """
    given = {name: value for name, value in asked.items() if value not in (None, False)}
    if bool(event_ids) == bool(given) or (given and not given.keys() - _HOW):
        raise click.UsageError("give ids of events, or options that say which events, and not both")
    run = fresh_run(reason)
    if given:
        chosen = {**given, "dry_run": dry_run}
        _replay_many(chosen, run, environment, load(config_path), data_dir, as_json=as_json)
    else:
        keep = None if dry_run else keep_dead_letter
        _replay_named(event_ids, run, environment, config_path, data_dir, keep_letters=keep, as_json=as_json)


def _replay_named(
    event_ids: Sequence[str],
    run: Run,
    environment: str | None,
    config_path: Path,
    data_dir: Path,
    *,
    keep_letters: bool | None,
    as_json: bool,
) -> None:
    """Replay these events; where ``keep_letters`` is None, only say what would become of them."""
    config = load(config_path) if environment is None or config_path.exists() else None
    results, said = _done(event_ids, run, environment, config, data_dir, keep_letters=keep_letters)
    columns = ("event", "result", "queues")
    print_list(columns, map(replayed_row, results), map(replayed_document, results), as_json=as_json)
    for line in () if as_json else said:
        click.echo(line, err=True)
    if any(result.fault for result in results):
        raise click.exceptions.Exit(FAILED)


def _done(
    event_ids: Sequence[str],
    run: Run,
    environment: str | None,
    config: Config | None,
    data_dir: Path,
    *,
    keep_letters: bool | None,
) -> tuple[Sequence[Replayed], Sequence[str]]:
    """The results, and what to say beside them."""
    if environment is not None:
        if keep_letters is None:
            return aws.foresee_replay(environment, config, event_ids), _ONLY_PLANNED
        results, letters = aws.replay_events(environment, config, event_ids, run=run, keep_letters=keep_letters)
        return results, letters.lines()
    assert config is not None  # noqa: S101 -- only an environment needs none
    if keep_letters is None:
        return embedded.foresee_replay(data_dir, config, event_ids), _ONLY_PLANNED
    results, letters = embedded.replay_events(data_dir, config, event_ids, run=run, keep_letters=keep_letters)
    return results, letters.lines()


def _replay_many(
    given: dict[str, Any], run: Run, environment: str | None, config: Config, data_dir: Path, *, as_json: bool
) -> None:
    resume, rate, fresh, yes, dry_run = (
        given.pop(name, None) for name in ("resume", "rate", "fresh", "yes", "dry_run")
    )
    if not (run.reason or resume or dry_run):
        raise click.UsageError("--reason is needed to replay events without naming them by their ids")
    with refused_as_usage():
        request = ReplayRequest.of(given, run.at)
    where = aws.open_bulk_replay(environment, config) if environment else embedded.open_bulk_replay(data_dir, config)
    with where as replays:
        prepared = replays.prepare(request, run, resume=resume, fresh=bool(fresh))
        plan = prepared.plan
        cost = replay_cost(plan.matched, plan.messages, plan.size, read_prices()) if plan and environment else None
        if not as_json:
            print_fields(plan_fields(prepared, cost))
            if not (dry_run or yes) and sys.stdin.isatty():
                click.confirm("Replay them?", abort=True)
        with progress_bar(0 if dry_run else prepared.replay.matched - prepared.replay.replayed, "replaying") as advance:
            done = None if dry_run else replay_at(rate, replays, prepared.replay, run, advance)
    if as_json:
        print_json({"plan": plan and replay_plan_document(plan, cost), "replay": done and replay_document(done)})
    elif done is not None:
        click.echo(f"replayed {counted(done.replayed, 'event')}, left out {done.left_out:,}: replay {done.id}")
