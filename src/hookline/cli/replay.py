"""``hookline replay``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.exit_codes import FAILED
from hookline.cli.options import config_option, data_dir_option, example, json_option
from hookline.cli.output import print_list
from hookline.cli.targets import target_option
from hookline.config import load
from hookline.domain.event import Status
from hookline.pipeline.documents import replayed_document
from hookline.pipeline.replay import Replay, hand_over
from hookline.pipeline.route import Router
from hookline.runtimes.aws_lambda.wiring import open_environment
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hookline.config import Config
    from hookline.pipeline.replay import Replayed

__all__ = ["replay"]


@click.command(
    epilog=example(
        "hookline replay transactions:evt_1 transactions:evt_2",
        "hookline replay transactions:evt_1 --target aws:prod",
        "hookline events list --status failed --json | jq -r '.[].id' | xargs -d '\\n' hookline replay",
    )
)
@click.argument("event_ids", metavar="EVENT_ID...", nargs=-1, required=True)
@target_option
@config_option
@data_dir_option
@json_option
@click.pass_context
def replay(
    ctx: click.Context,
    *,
    event_ids: tuple[str, ...],
    environment: str | None,
    config_path: Path,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Put stored events through the routes again: here each on its queues at once, with or without a server running.

    On AWS they are handed to the router, which goes by the routes that are deployed. Consumers get them once more: every
    message carries the event id, by which they can tell.
    """
    wanted = list(dict.fromkeys(event_ids))
    results = _on_aws(environment, wanted) if environment else _here(load(config_path), data_dir, wanted)
    print_list(("event", "result", "queues"), map(_row, results), map(replayed_document, results), as_json=as_json)
    if any(result.fault for result in results):
        ctx.exit(FAILED)


def _here(config: Config, data_dir: Path, event_ids: Sequence[str]) -> list[Replayed]:
    with open_home(data_dir, event_retention=config.event_retention) as home:
        replay = Replay(
            events=home.events,
            outbox=home.outbox,
            router=Router(config.routes),
            known_queues=home.database.queues.ids,
        )
        return [replay.one(event_id) for event_id in event_ids]


def _on_aws(environment: str, event_ids: Sequence[str]) -> list[Replayed]:
    with open_environment(environment) as deployed:
        return hand_over(event_ids, deployed.events, deployed.dispatcher)


def _row(result: Replayed) -> tuple[str, str, str]:
    if result.fault is not None:
        return result.event_id, f"failed [{result.fault.code}]: {result.fault.detail}", ""
    word = "handed to the router" if result.status is Status.RECEIVED else "replayed"
    return result.event_id, word, ", ".join(result.queues)
