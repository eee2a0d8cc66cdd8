"""``hookline replay``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.exit_codes import FAILED
from hookline.cli.options import config_option, data_dir_option, example, json_option
from hookline.cli.output import print_json, print_table
from hookline.cli.targets import target_option
from hookline.config import load
from hookline.domain.event import Status
from hookline.pipeline.replaying import replay_here, replay_on_aws

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.pipeline.replaying import Replayed

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
    results = replay_on_aws(environment, wanted) if environment else replay_here(load(config_path), data_dir, wanted)
    if as_json:
        print_json([_document(result) for result in results])
    else:
        print_table(("event", "result", "queues"), map(_row, results))
    if any(result.fault for result in results):
        ctx.exit(FAILED)


def _document(result: Replayed) -> dict[str, object]:
    if result.fault is not None:
        error = {"code": result.fault.code, "detail": result.fault.detail, "remedy": result.fault.remedy}
        return {"event_id": result.event_id, "replayed": False, "error": error}
    return {
        "event_id": result.event_id,
        "replayed": True,
        "status": result.status.value,
        "queues": list(result.queues),
    }


def _row(result: Replayed) -> tuple[str, str, str]:
    if result.fault is not None:
        return result.event_id, f"failed [{result.fault.code}]: {result.fault.detail}", ""
    word = "handed to the router" if result.status is Status.RECEIVED else "replayed"
    return result.event_id, word, ", ".join(result.queues)
